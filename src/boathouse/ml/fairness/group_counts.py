"""Group counts: one GROUPING SETS query counts the groups of all attributes, and of everyone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from boathouse.engines.duckdb import DuckDB
from boathouse.ml.fairness.attribute import JOINT, Attribute, Grouping
from boathouse.ml.fairness.group import Group, ScoreBand

MISSING = "missing"
SCORES = (
    "avg(score) FILTER (isfinite(score)) AS mean, "
    "quantile_cont(score, [0.5, 0.95, 0.99]) FILTER (isfinite(score)) AS quantiles"
)
LABELS = (
    "count(label) AS labelled, count(*) FILTER (label) AS positives, "
    "count(label) FILTER (flagged) AS flagged_labelled, count(*) FILTER (flagged AND label) AS flagged_positives"
)
Key = tuple[Any, ...]  # the group's value of each column of an attribute; None is missing


def grouped(
    engine: DuckDB, found: Sequence[Grouping], attributes: Sequence[Attribute], *, is_labelled: bool
) -> dict[Attribute, tuple[Group, ...]]:
    """Count the rows of `people`, by each attribute: () is everyone, as one group."""
    columns = {grouping.name: grouping.column for grouping in found}
    rows = engine.rows(_query(found, [[columns[name] for name in chosen] for chosen in attributes], is_labelled))
    by_kind: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    looked_at = {grouping.name: grouping for grouping in found}
    return {
        chosen: _of_attribute(by_kind[_kind(found, chosen)], [looked_at[name] for name in chosen])
        for chosen in attributes
    }


def _query(found: Sequence[Grouping], attributes: Iterable[Sequence[str]], is_labelled: bool) -> str:
    columns = [grouping.column for grouping in found]
    sets = [*attributes]
    if is_labelled:  # calibration looks at each group by tenths of the scores, too
        sets += [[*chosen, "tenth"] for chosen in sets]
    inner = ", ".join(f"{grouping.sql} AS {grouping.column}" for grouping in found)
    asked = [
        *columns,
        f"GROUPING({', '.join(columns)}) AS kind",
        "count(*) AS n",
        "count(*) FILTER (flagged) AS flagged",
        SCORES,
    ]
    asked += ["tenth", "GROUPING(tenth) AS is_whole", LABELS] if is_labelled else ["1 AS is_whole"]
    people = f"SELECT {inner}, * EXCLUDE ({', '.join(columns)}) FROM main.people"
    by = ", ".join(f"({', '.join(chosen)})" for chosen in sets)
    return f"SELECT {', '.join(asked)} FROM ({people}) GROUP BY GROUPING SETS ({by})"


def _kind(found: Sequence[Grouping], chosen: Attribute) -> int:
    """Give what GROUPING says of the rows of an attribute: a bit for each column that is not looked at."""
    return sum(1 << at for at, grouping in enumerate(reversed(found)) if grouping.name not in chosen)


def _of_attribute(rows: Sequence[dict[str, Any]], chosen: Sequence[Grouping]) -> tuple[Group, ...]:
    """Make the groups of one attribute, in the order of their bands and names, what is missing last."""
    whole: dict[Key, dict[str, Any]] = {}
    bands: dict[Key, list[tuple[int, ScoreBand]]] = defaultdict(list)
    for row in rows:
        key = tuple(row[grouping.column] for grouping in chosen)
        if row["is_whole"]:
            whole[key] = row
        elif row["labelled"]:
            bands[key].append((row["tenth"], ScoreBand(row["labelled"], _finite(row["mean"]), row["positives"])))
    names = _names(list(whole))
    return tuple(
        _group(names[key], whole[key], tuple(sorted(bands[key], key=lambda band: band[0])))
        for key in sorted(whole, key=lambda key: _place(key, chosen))
    )


def _place(key: Key, chosen: Sequence[Grouping]) -> list[tuple[bool, int, str]]:
    return [
        (part is None, grouping.bands.index(part) if part in grouping.bands else 0, part or "")
        for part, grouping in zip(key, chosen, strict=True)
    ]


def _group(name: str, row: dict[str, Any], bands: tuple[tuple[int, ScoreBand], ...]) -> Group:
    scores = tuple(map(_finite, (row["mean"], *(row["quantiles"] or (None, None, None)))))
    labels = {part: row.get(part) for part in ("labelled", "positives", "flagged_labelled", "flagged_positives")}
    return Group(name, row["n"], row["flagged"], scores, **labels, bands=bands)


def _finite(number: float | None) -> float | None:
    """Leave out what has no meaning: the mean of scores that together are beyond all numbers."""
    return number if number is not None and isfinite(number) else None


def _names(keys: Sequence[Key]) -> dict[Key, str]:
    """Name the groups: a value that is called `missing` is not taken for what is missing, nor `a & b` for a and b."""
    missing = MISSING
    while any(missing in key for key in keys):
        missing += " (no value)"
    names = {key: JOINT.join(missing if part is None else part for part in key) for key in keys}
    return names if len(set(names.values())) == len(names) else {key: repr(key) for key in keys}
