"""Tree library: what LightGBM, CatBoost and XGBoost have to do here, each in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from boathouse.shelf import Shelf

FEWEST_ROUNDS, MOST_TREES = 3, 40  # of a category
TREES = Shelf("ml/fraud/trees", "model type")


@dataclass(frozen=True)
class Growth:
    """How trees are grown. Few and small ones do, on a third of the columns each: 8 rounds of 7 leaves gave AUC .753
    and AP .351 on 82 sets, 30 rounds on all columns .748 and .350, 80 rounds of 15 leaves .747 and .350.
    """

    rounds: int = 8
    leaves: int = 7
    depth: int = 3  # where a library counts levels and not leaves
    learning_rate: float = 0.4
    column_share: float = 0.3
    seed: int = 0
    threads: int = 1

    def rounds_of(self, classes: int) -> int:
        """Give fewer rounds where each grows a tree a class: they are most of the time of scoring a million rows."""
        return max(FEWEST_ROUNDS, min(self.rounds, MOST_TREES // max(classes, 1)))


@dataclass(frozen=True)
class Target:
    """The column to predict: `labels` a row, and how many classes there are, 0 for a number."""

    column: int
    labels: np.ndarray
    classes: int


class TreeLibrary(Protocol):
    """Trains on rows of doubles, some columns of which are codes of categories; NaN is missing."""

    suffix: ClassVar[str]  # of the files that hold a model
    growth: Growth

    def __init__(self, growth: Growth, is_category: np.ndarray) -> None: ...

    def prepare(self, rows: np.ndarray) -> Any:
        """Make of the rows what models of all their columns are trained on."""
        ...

    def train(self, prepared: Any, chosen: np.ndarray, target: Target) -> Any:
        """Learn the target from the other columns of the chosen rows; labels are those of the chosen rows."""
        ...

    def predict(self, model: Any, rows: np.ndarray, target: Target) -> np.ndarray:
        """Give a number a row, or a probability a class a row."""
        ...

    def to_bytes(self, model: Any) -> bytes: ...

    def from_bytes(self, content: bytes, target: Target) -> Any: ...


def sampled_share(growth: Growth, columns: int) -> float:
    """Give the share of columns that a tree sees: three at least, or one that sees only its target splits nothing."""
    return min(1.0, max(growth.column_share, 3 / max(columns, 1)))
