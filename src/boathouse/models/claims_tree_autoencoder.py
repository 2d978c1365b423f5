"""Fraud scores without labels: trees predict each column from the others, and a claim is as odd as its values surprise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from boathouse.errors import FileError, UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.fraud.aggregation import AGGREGATES
from boathouse.ml.fraud.artefact import read_document, read_surprise, write_surprise, written_whole
from boathouse.ml.fraud.encoding import Encoding, learn_encoding, split_columns
from boathouse.ml.fraud.reasons import Reason, reasons_of
from boathouse.ml.fraud.surprise import Surprise, learn_surprise
from boathouse.ml.fraud.tree_library import TREES, Growth, TreeLibrary

PERCENT = 100
QUANTILES = 1000  # of the training rows' scores, by which a score is placed among them


class ClaimsTreeAutoencoder(BaseEstimator):  # type: ignore[misc]  # scikit-learn is an extra, and no type of it is known
    """Scores in weighted nats a column above what is usual: 0 is a claim like the others, and the higher, the odder.

    Example::

        model = ClaimsTreeAutoencoder()
        fraud_scores, errors = model.fit(claims, ["claim_type"], ["claim_amount", "patient_age"])
        model.score(new_claims)          # one number a row
        model.predict(new_claims)        # -1 where it is above the 95th percentile of the training rows, else 1
        model.explain(new_claims[:1])    # the reasons, the most surprising value first
    """

    kind: ClassVar[str] = "claims_tree_autoencoder"

    def __init__(
        self,
        model_type: str = "lightgbm",
        *,
        aggregate: str = "calibrated",
        threshold_percentile: float = 95.0,
        sample_rows: int = 20_000,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.model_type = model_type
        self.aggregate = aggregate
        self.threshold_percentile = threshold_percentile
        self.sample_rows = sample_rows
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        data: Any,
        cat_features: Sequence[str] | None = None,
        num_features: Sequence[str] | None = None,
        log_mlflow: bool = False,
        run_name: str | None = None,
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Learn what is usual, and give the rows' scores and each column's errors, by trees that have not seen the row.

        Without names, columns of text and booleans are categories, and all others are numbers.
        """
        self._check()
        table = arrow_table(data)
        if not table.num_rows:
            raise UserError("there are no rows to learn from")
        if cat_features is None and num_features is None:
            cat_features, num_features = split_columns(table)
        encoding = learn_encoding(table, cat_features or (), num_features or ())
        levels = encoding.level_counts()
        surprise, excess = learn_surprise(
            self._library(encoding), encoding.matrix(table), levels, self.random_state, self.sample_rows
        )
        scores = AGGREGATES[self.aggregate](excess)
        self.encoding_, self.surprise_ = encoding, surprise
        self.quantiles_ = np.quantile(scores, np.linspace(0, 1, QUANTILES + 1))
        if log_mlflow:
            from boathouse.ml.tracking.training import log_training

            log_training(self, table, scores, run_name=run_name)
        return scores, dict(zip(encoding.columns, excess.T, strict=True))

    def score(self, new_data: Any) -> np.ndarray:
        """Give one double a row: the higher, the odder; a training row gets the out-of-fold score it had."""
        return AGGREGATES[self.aggregate](self._excess(new_data))

    def score_samples(self, new_data: Any) -> np.ndarray:
        """Give scikit-learn's sign: the lower, the more abnormal."""
        return -self.score(new_data)

    def predict(self, new_data: Any) -> np.ndarray:
        """Give -1 for a row above the threshold, else 1, as scikit-learn's outlier detectors do."""
        return np.where(self.score(new_data) > self.threshold, -1, 1)

    def errors(self, new_data: Any) -> dict[str, np.ndarray]:
        """Give a column's surprisal above usual, in weighted nats, for each row; 0 where a value is missing or was never seen."""
        return dict(zip(self.encoding.columns, self._excess(new_data).T, strict=True))

    def explain(self, row: Any) -> list[Reason]:
        """Say why one row is scored as it is, the most surprising value first; the row is a dict or a frame of one row."""
        if isinstance(row, dict):
            row = {name: value if isinstance(value, list) else [value] for name, value in row.items()}
        table = arrow_table(row)
        if table.num_rows != 1:
            raise UserError(f"there are {table.num_rows} rows to explain", hint="give one row")
        return reasons_of(self.encoding, self.surprise, table.to_pylist()[0], self.encoding.matrix(table))

    def percentiles(self, scores: np.ndarray) -> np.ndarray:
        """Place scores among those of the training rows, from 0 to 100."""
        return np.searchsorted(self._fitted("quantiles_"), scores, side="right") / (QUANTILES + 1) * PERCENT

    @property
    def threshold(self) -> float:
        """Give the score above which a row is flagged: the percentile of the training rows' scores."""
        return float(np.quantile(self._fitted("quantiles_"), self.threshold_percentile / PERCENT))

    @property
    def columns(self) -> dict[str, str]:
        """Name the columns that a row must have to be scored, with their types in Databricks SQL's words."""
        return {name: "string" if name in self.encoding.levels else "double" for name in self.encoding.columns}

    @property
    def encoding(self) -> Encoding:
        """Give what the columns and their levels were at training."""
        found: Encoding = self._fitted("encoding_")
        return found

    @property
    def surprise(self) -> Surprise:
        """Give what was learnt of each column."""
        found: Surprise = self._fitted("surprise_")
        return found

    def save(self, folder: Path | str) -> None:
        """Write the model into a folder, as text, JSON and plain arrays; what stood there is replaced as a whole."""
        encoding, surprise = self.encoding, self.surprise
        document = {
            "kind": self.kind, "params": self.get_params(), "numbers": list(encoding.numbers),
            "levels": {name: list(levels) for name, levels in encoding.levels.items()},
        }  # fmt: skip
        with written_whole(Path(folder)) as new:
            write_surprise(new, surprise, document, {"quantiles": self.quantiles_})

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what `save` wrote; nothing in it is run as code."""
        document, arrays = read_document(Path(folder))
        try:
            model = cls(**document["params"])
            levels = {name: tuple(found) for name, found in document["levels"].items()}
            model.encoding_ = Encoding(tuple(document["numbers"]), levels)
            model.surprise_ = read_surprise(Path(folder), model._library(model.encoding_), document, arrays)
            model.quantiles_ = arrays["quantiles"]
        except (KeyError, TypeError, AttributeError) as error:
            raise FileError(f"{folder} is no whole model: {error!r}", hint="train and save it anew") from None
        return model

    def _excess(self, data: Any) -> np.ndarray:
        table: pa.Table = arrow_table(data)
        return self.surprise.excess(self.encoding.matrix(table))

    def _library(self, encoding: Encoding) -> TreeLibrary:
        growth = Growth(seed=self.random_state, threads=self.n_jobs)
        library: TreeLibrary = TREES.member(self.model_type)(growth, encoding.level_counts() > 0)
        return library

    def _check(self) -> None:
        if self.aggregate not in AGGREGATES:
            raise UnknownName("aggregate", str(self.aggregate), AGGREGATES)
        if not 0 <= self.threshold_percentile <= PERCENT:
            raise UserError("threshold_percentile is between 0 and 100")
        if self.sample_rows < 1 or self.n_jobs < 1:
            raise UserError("sample_rows and n_jobs are 1 or more")

    def _fitted(self, name: str) -> Any:
        if not hasattr(self, name):
            raise NotFittedError("the model has learnt nothing yet: call fit, or load one")
        return getattr(self, name)
