"""CatBoost: symmetric trees, which predict fast; categories stand in the order of their frequency."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np

from boathouse.extra import needed
from boathouse.ml.fraud.tree_library import Growth, Target, sampled_share


class Catboost:
    """Boosted trees of CatBoost, kept as its own binary file, which is no pickle."""

    suffix: ClassVar[str] = ".cbm"

    def __init__(self, growth: Growth, is_category: np.ndarray) -> None:
        self.library = needed("catboost", "catboost")
        self.growth, self.is_category = growth, is_category

    def prepare(self, rows: np.ndarray) -> Any:
        return rows

    def train(self, prepared: Any, chosen: np.ndarray, target: Target) -> Any:
        growth = self.growth
        model = self._model(
            target, iterations=growth.rounds_of(target.classes), depth=growth.depth, learning_rate=growth.learning_rate,
            random_seed=growth.seed, rsm=sampled_share(growth, len(self.is_category) - 1), border_count=63,
            thread_count=growth.threads, verbose=False, allow_writing_files=False, boosting_type="Plain",
        )  # fmt: skip
        others = np.delete(prepared[chosen], target.column, axis=1)
        if not (np.nanmin(others, axis=0, initial=np.inf) < np.nanmax(others, axis=0, initial=-np.inf)).any():
            return None  # CatBoost gives an error where no column says anything
        labels = target.labels.astype(np.int64) if target.classes else target.labels
        return model.fit(others, labels)

    def predict(self, model: Any, rows: np.ndarray, target: Target) -> np.ndarray:
        others = np.delete(rows, target.column, axis=1)
        if not target.classes:
            return np.asarray(model.predict(others, thread_count=self.growth.threads))
        found = np.zeros((len(rows), target.classes))  # CatBoost leaves out a class that its rows had not
        found[:, np.asarray(model.classes_, dtype=np.int64)] = model.predict_proba(
            others, thread_count=self.growth.threads
        )
        return found

    def to_bytes(self, model: Any) -> bytes:
        with TemporaryDirectory(prefix="boathouse-") as folder:
            file = Path(folder) / "model.cbm"
            model.save_model(str(file))
            return file.read_bytes()

    def from_bytes(self, content: bytes, target: Target) -> Any:
        return self._model(target).load_model(blob=content)

    def _model(self, target: Target, **params: Any) -> Any:
        if not target.classes:
            return self.library.CatBoostRegressor(**params)
        return (
            self.library.CatBoostClassifier(**params, loss_function="MultiClass")
            if params
            else self.library.CatBoostClassifier()
        )
