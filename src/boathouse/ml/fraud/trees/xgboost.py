"""XGBoost: learns each column from a matrix without it, since its constraints let a column leak into its own prediction."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from boathouse.extra import needed
from boathouse.ml.fraud.tree_library import Growth, Target, sampled_share


class Xgboost:
    """Boosted trees of XGBoost, kept as its JSON."""

    suffix: ClassVar[str] = ".json"

    def __init__(self, growth: Growth, is_category: np.ndarray) -> None:
        self.library = needed("xgboost", "xgboost")
        self.growth, self.is_category = growth, is_category

    def prepare(self, rows: np.ndarray) -> Any:
        return rows

    def train(self, prepared: Any, chosen: np.ndarray, target: Target) -> Any:
        growth = self.growth
        params = {
            "tree_method": "hist", "max_bin": 64, "grow_policy": "lossguide", "max_leaves": growth.leaves,
            "max_depth": 0, "eta": growth.learning_rate, "seed": growth.seed, "nthread": growth.threads,
            "colsample_bytree": sampled_share(growth, len(self.is_category) - 1),
            "min_child_weight": int(np.clip(len(prepared) // 10, 5, 20)) if not target.classes else 1,
            "max_cat_to_onehot": 8, "verbosity": 0,
        } | _objective(target.classes)  # fmt: skip
        return self.library.train(
            params, self._without(prepared[chosen], target, target.labels), growth.rounds_of(target.classes)
        )

    def predict(self, model: Any, rows: np.ndarray, target: Target) -> np.ndarray:
        found = np.asarray(model.predict(self._without(rows, target)), dtype=float)
        return np.column_stack([1 - found, found]) if target.classes == 2 else found  # noqa: PLR2004 - yes or no

    def to_bytes(self, model: Any) -> bytes:
        return bytes(model.save_raw("json"))

    def from_bytes(self, content: bytes, target: Target) -> Any:  # noqa: ARG002 - others need it
        model = self.library.Booster({"nthread": self.growth.threads})
        model.load_model(bytearray(content))
        return model

    def _without(self, rows: np.ndarray, target: Target, labels: np.ndarray | None = None) -> Any:
        types = ["c" if category else "q" for category in np.delete(self.is_category, target.column)]
        return self.library.DMatrix(
            np.delete(rows, target.column, axis=1), labels, feature_types=types, enable_categorical=True,
            nthread=self.growth.threads,
        )  # fmt: skip


def _objective(classes: int) -> dict[str, Any]:
    if not classes:
        return {"objective": "reg:squarederror"}
    if classes == 2:  # noqa: PLR2004
        return {"objective": "binary:logistic"}
    return {"objective": "multi:softprob", "num_class": classes}
