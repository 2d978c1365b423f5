"""People: the rows with their score, flag, label and attributes, counted by one query in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.fairness.attribute import Attribute, groupings
from boathouse.ml.fairness.criteria import FairnessCriteria
from boathouse.ml.fairness.group import Group
from boathouse.ml.fairness.group_counts import grouped

TENTHS = 10  # of all scores, in which calibration is looked at


@dataclass(frozen=True)
class Threshold:
    """Above which score a row is flagged, and what has to be known of it."""

    percentile: float
    value: float | None
    flagged: int
    scored: int
    unscored: int

    @property
    def notes(self) -> tuple[str, ...]:
        """Say where the percentile does not flag the rows that one would expect."""
        said = []
        if self.unscored:
            said.append(f"{self.unscored} rows have no score and are left out")
        if not self.scored:
            return (*said, "no row has a score, so nothing can be told")
        expected = self.scored * (100 - self.percentile) / 100
        if not self.flagged:
            said.append(f"nothing is flagged: no score is above {self.value:g}, the highest; nothing can be told")
        elif self.flagged < expected / 2:
            said.append(
                f"{self.flagged} rows are flagged where {expected:.0f} were to be: many scores equal {self.value:g}"
            )
        return tuple(said)


@dataclass(frozen=True)
class Counted:
    """The groups of every attribute, all rows together, and the threshold."""

    groups: dict[Attribute, tuple[Group, ...]]
    everyone: Group
    threshold: Threshold


def score_array(scores: Any, rows: int, what: str = "fraud_scores") -> np.ndarray:
    """Read scores from whatever holds one number a row; a missing one is NaN."""
    try:
        made = np.asarray(scores, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        made = _numbers(scores, what)
    if len(made) != rows:
        raise UserError(f"{what} holds {len(made)} numbers for {rows} rows", hint="give one a row, in the rows' order")
    return made


def _numbers(values: Any, what: str) -> np.ndarray:
    """Read numbers among which something is missing that NumPy has no word for, such as pandas.NA."""
    try:
        found = pa.array(list(values), from_pandas=True).cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError):
        raise UserError(f"{what} holds what is no number", hint="give one number a row") from None
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)


def label_array(labels: Any, rows: int) -> pa.Array:
    """Read labels: true or 1 is fraud, false or 0 is none, anything missing is not known."""
    numbers = score_array(labels, rows, "labels")
    known = ~np.isnan(numbers)
    if not np.isin(numbers[known], (0.0, 1.0)).all():
        raise UserError("labels are 0 or 1, or missing where they are not known")
    return pa.array(numbers == 1, mask=~known)


def threshold_of(scores: np.ndarray, percentile: float) -> Threshold:
    """Find the percentile of the scores; rows above it are flagged, and those that equal it are not.

    The element below is taken, not a value between two: what lies above is the same, whatever the unit or the rounding.
    """
    if not 0 <= percentile <= 100:  # noqa: PLR2004 - percent
        raise UserError(
            f"threshold_percentile is {percentile}", hint="it lies between 0 and 100; 95 flags one row in twenty"
        )
    known = scores[~np.isnan(scores)]
    value = float(np.percentile(known, percentile, method="lower")) if len(known) else None
    flagged = int((known > value).sum()) if value is not None else 0
    return Threshold(percentile, value, flagged, len(known), len(scores) - len(known))


def counted(
    data: Any, scores: Any, attributes: Sequence[Attribute], criteria: FairnessCriteria, *,
    percentile: float, labels: Any = None,
) -> Counted:  # fmt: skip
    """Count the groups of all attributes in one query."""
    table = arrow_table(data)
    names = list(dict.fromkeys(name for attribute in attributes for name in attribute))
    for name in names:
        if name not in table.column_names:
            raise UnknownName("column", name, table.column_names, where="the data")
    scores = score_array(table.column(scores) if isinstance(scores, str) else scores, table.num_rows)
    threshold = threshold_of(scores, percentile)
    columns = {f"a{at}": table.column(name) for at, name in enumerate(names)}
    columns |= {
        "score": pa.array(scores),
        "flagged": pa.array(scores > threshold.value if threshold.scored else scores > 0),
    }
    if labels is not None:
        columns["label"] = label_array(
            table.column(labels).to_pylist() if isinstance(labels, str) else labels, len(scores)
        )
        columns["tenth"] = pa.array(_tenths(scores))
    engine = DuckDB()
    kept = pa.table(columns)
    engine.register("main", "people", kept.filter(pa.array(~np.isnan(scores))) if threshold.unscored else kept)
    described = engine.describe(f"SELECT {', '.join(f'a{at}' for at in range(len(names)))} FROM main.people")
    found = groupings(names, described, engine, criteria)
    groups = grouped(engine, found, [(), *attributes], is_labelled=labels is not None)
    return Counted(groups, groups.pop(())[0], threshold)


def _tenths(scores: np.ndarray) -> np.ndarray:
    """Find the tenth that each score lies in; the ends are counted in whole numbers, so that every row twice gives the same."""
    known = np.sort(scores[~np.isnan(scores)])
    edges = [known[-(-len(known) * at // TENTHS) - 1] for at in range(1, TENTHS)] if len(known) else []
    return np.searchsorted(np.unique(edges), scores, side="left").astype(np.int8)
