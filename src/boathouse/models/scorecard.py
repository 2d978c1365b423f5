"""Points for what a row says, added up, as a person has written them: what a trained model has to beat."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import FileError, UnknownName
from boathouse.frame import arrow_table
from boathouse.model import FILE


class Scorecard:
    """Points for what a row says: a factor for a number, and for a text what each one counts; what is missing counts 0."""

    kind: ClassVar[str] = "scorecard"

    def __init__(self, points: Mapping[str, float | Mapping[str, float]]) -> None:
        self.points = dict(points)

    @property
    def columns(self) -> dict[str, str]:
        return {name: "string" if isinstance(each, Mapping) else "double" for name, each in self.points.items()}

    def get_params(self) -> dict[str, Any]:
        """Give the points, as scikit-learn's models give what they were made with."""
        return {"points": self.points}

    def score(self, new_data: Any) -> np.ndarray:
        table = arrow_table(new_data)
        total = np.zeros(table.num_rows)
        for name, each in self.points.items():
            if name not in table.column_names:
                raise UnknownName("column", name, table.column_names)
            total += _counted(table[name], each)
        return total

    def save(self, folder: Path | str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        text = json.dumps({"kind": self.kind, "points": self.points}, indent=2)
        (Path(folder) / FILE).write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        written = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
        if not isinstance(written.get("points"), dict):
            raise FileError(f"{Path(folder) / FILE} has no points")
        return cls(written["points"])


def _counted(column: pa.ChunkedArray, each: float | Mapping[str, float]) -> np.ndarray:
    if not isinstance(each, Mapping):
        numbers = np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0))
        return np.where(np.isnan(numbers), 0.0, numbers) * each
    return np.array([each.get(text, 0.0) for text in column.to_pylist()])
