"""LightGBM: bins the rows once, and learns each column from that."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from boathouse.extra import needed
from boathouse.ml.fraud.tree_library import Growth, Target, sampled_share


class Lightgbm:
    """Boosted trees of LightGBM, kept as its text."""

    suffix: ClassVar[str] = ".txt"

    def __init__(self, growth: Growth, is_category: np.ndarray) -> None:
        self.library = needed("lightgbm", "ml")
        self.growth, self.is_category = growth, is_category

    def prepare(self, rows: np.ndarray) -> Any:
        return self.library.Dataset(
            rows, label=np.zeros(len(rows)), params=self._params(len(rows)), free_raw_data=False,
            categorical_feature=np.flatnonzero(self.is_category).tolist(),
        ).construct()  # fmt: skip

    def train(self, prepared: Any, chosen: np.ndarray, target: Target) -> Any:
        used = prepared.subset(np.flatnonzero(chosen)).construct()
        used.set_label(target.labels)
        # A column whose gain counts nothing is never split on: the same as leaving it out, without binning anew.
        gains = [float(column != target.column) for column in range(len(self.is_category))]
        params = self._params(prepared.num_data()) | _objective(target.classes) | {"feature_contri": gains}
        return self.library.train(params, used, self.growth.rounds_of(target.classes))

    def predict(self, model: Any, rows: np.ndarray, target: Target) -> np.ndarray:
        found = np.asarray(model.predict(rows, num_threads=self.growth.threads))
        return np.column_stack([1 - found, found]) if target.classes == 2 else found  # noqa: PLR2004 - yes or no

    def to_bytes(self, model: Any) -> bytes:
        return str(model.model_to_string()).encode()

    def from_bytes(self, content: bytes, target: Target) -> Any:  # noqa: ARG002 - others need it
        return self.library.Booster(model_str=content.decode())

    def _params(self, rows: int) -> dict[str, Any]:
        growth = self.growth
        return {
            "verbosity": -1, "num_threads": growth.threads, "seed": growth.seed, "num_leaves": growth.leaves,
            "learning_rate": growth.learning_rate, "max_bin": 63, "min_data_in_bin": 1, "feature_pre_filter": False,
            "min_data_in_leaf": int(np.clip(rows // 10, 5, 20)), "cat_smooth": 10, "max_cat_to_onehot": 8,
            "feature_fraction": sampled_share(growth, len(self.is_category)),
            "deterministic": True, "force_row_wise": True,  # the same trees whatever the number of threads
        }  # fmt: skip


def _objective(classes: int) -> dict[str, Any]:
    if not classes:
        return {"objective": "regression"}
    return {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}  # noqa: PLR2004
