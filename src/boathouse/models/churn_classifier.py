"""How likely a customer is to stop buying: LightGBM trees on what was known at a snapshot, calibrated out of fold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from boathouse.errors import FileError, UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.forecast.churn_features import Encoders, encoders_of, labels_of
from boathouse.ml.forecast.platt_scaling import PlattScaling, fit_platt_scaling, folds_of, logistic
from boathouse.model import FILE

FOLDS = 5
LEAST_CHURNED = 10  # with fewer, a fold of five may have none
TREES = "trees_{}.txt"


class ChurnClassifier:
    """The probability that a row's customer stops; the higher, the likelier.

    `fit` trains five models, each without a fifth of the customers, and calibrates on the rows that each has not seen
    (Platt); a new row is given the mean of the five. `label` is the column that says who stopped, and rows where it is
    NULL are not learnt from; rows of one `entity`, such as the snapshots of a household, are never in two folds.
    """

    kind: ClassVar[str] = "churn_classifier"

    def __init__(
        self,
        *,
        label: str = "churned",
        entity: str = "",
        trees: int = 150,
        leaves: int = 7,
        learning_rate: float = 0.03,
        random_state: int = 0,
    ) -> None:
        if min(trees, leaves - 1) < 1 or learning_rate <= 0:
            raise UserError("trees are 1 or more, leaves 2 or more, and the learning rate is above 0")
        self.label, self.entity = label, entity
        self.trees, self.leaves, self.learning_rate, self.random_state = trees, leaves, learning_rate, random_state
        self._encoders: Encoders | None = None
        self._boosters: list[Any] = []
        self._scaling = PlattScaling()

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - as scikit-learn calls it
        """Give what it was made with."""
        names = ("label", "entity", "trees", "leaves", "learning_rate", "random_state")
        return {name: getattr(self, name) for name in names}

    @property
    def columns(self) -> dict[str, str]:
        """Name the columns that a row must have to be scored, with their types in Databricks SQL's words."""
        return dict(self._fitted().types)

    def fit(
        self, data: Any, cat_features: list[str], num_features: list[str]
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Learn from rows with a label; give each row's probability and its contributions by a model that has not seen it."""
        table = arrow_table(data)
        encoders = encoders_of(table, cat_features, num_features)
        churned = labels_of(table, self.label)
        known = ~np.isnan(churned)
        if min((churned == 1).sum(), (churned == 0).sum()) < LEAST_CHURNED:
            raise UserError(
                f"of {int(known.sum())} rows with a label, {int((churned == 1).sum())} churned",
                hint=f"{LEAST_CHURNED} of each kind are needed",
            )
        rows, folds = encoders.encode(table), folds_of(self._entities(table), FOLDS, self.random_state)
        parts = [known & (folds != fold) for fold in range(FOLDS)]
        boosters = [self._trained(rows[part], churned[part], encoders.places) for part in parts]
        given = np.empty((len(rows), rows.shape[1] + 1))
        for fold, booster in enumerate(boosters):
            given[folds == fold] = _contributions(booster, rows[folds == fold])
        self._encoders, self._boosters = encoders, boosters
        self._scaling = fit_platt_scaling(given.sum(axis=1)[known], churned[known])
        given *= self._scaling.slope
        named = {name: given[:, place] for place, name in enumerate(encoders.types)}
        return logistic(given.sum(axis=1) + self._scaling.intercept), named

    def score(self, new_data: Any) -> np.ndarray:
        """Give one probability a row, in the rows' order."""
        rows = self._fitted().encode(arrow_table(new_data))
        if not len(rows):
            return np.empty(0)
        margins = [booster.predict(rows, raw_score=True, num_threads=1) for booster in self._boosters]
        return self._scaling.probability(np.mean(margins, axis=0))

    def explain(self, row: Any) -> list[dict[str, Any]]:
        """Say what moved the probability of one row, in log odds, the strongest first; their sum and `base` make it."""
        table = arrow_table({name: [value] for name, value in row.items()} if isinstance(row, dict) else row)
        if table.num_rows != 1:
            raise UserError(f"one row is explained at a time, and these are {table.num_rows}")
        rows = self._fitted().encode(table)
        given = np.mean([_contributions(booster, rows)[0] for booster in self._boosters], axis=0) * self._scaling.slope
        values = {name: table[name][0].as_py() for name in self.columns}
        named = zip(self.columns, given[:-1], strict=True)
        told = [{"column": name, "value": values[name], "log_odds": float(by)} for name, by in named]
        base = {"column": "base", "value": None, "log_odds": float(given[-1] + self._scaling.intercept)}
        return [*sorted(told, key=lambda each: -abs(each["log_odds"])), base]

    def save(self, folder: Path | str) -> None:
        """Write the model as JSON and LightGBM's text, beside the folder first, so that what stands there is whole."""
        encoders, folder = self._fitted(), Path(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        whole = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        told = {
            "kind": self.kind, "params": self.get_params(), "encoders": encoders.document,
            "slope": self._scaling.slope, "intercept": self._scaling.intercept,
        }  # fmt: skip
        (whole / FILE).write_text(json.dumps(told, indent=1), encoding="utf-8")
        for number, booster in enumerate(self._boosters):
            (whole / TREES.format(number)).write_text(booster.model_to_string(), encoding="utf-8")
        whole.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        whole.rename(folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what `save` wrote; nothing in it is run as code."""
        from boathouse.extra import needed

        lightgbm, folder = needed("lightgbm", "ml"), Path(folder)
        try:
            told = json.loads((folder / FILE).read_text(encoding="utf-8"))
            model = cls(**told["params"])
            model._encoders = Encoders.read(told["encoders"])
            model._scaling = PlattScaling(float(told["slope"]), float(told["intercept"]))
            texts = [(folder / TREES.format(number)).read_text(encoding="utf-8") for number in range(FOLDS)]
            model._boosters = [lightgbm.Booster(model_str=text) for text in texts]
        except (OSError, ValueError, KeyError, TypeError, lightgbm.basic.LightGBMError) as error:
            raise FileError(f"{folder} is no churn classifier: {error}", hint="train and save it anew") from None
        return model

    def _fitted(self) -> Encoders:
        if self._encoders is None or not self._boosters:
            raise UserError("the model is not trained yet", hint="call `fit` first")
        return self._encoders

    def _entities(self, table: pa.Table) -> np.ndarray:
        if not self.entity:
            return np.arange(table.num_rows)  # each row by itself
        if self.entity not in table.column_names:
            raise UnknownName("column", self.entity, table.column_names)
        names: np.ndarray = table[self.entity].cast(pa.string()).fill_null("").to_numpy()
        return names

    def _trained(self, rows: np.ndarray, churned: np.ndarray, categories: list[int]) -> Any:
        from boathouse.extra import needed

        lightgbm = needed("lightgbm", "ml")
        options = {
            "objective": "binary", "num_leaves": self.leaves, "learning_rate": self.learning_rate,
            "min_data_in_leaf": 20, "feature_fraction": 0.7, "lambda_l2": 1.0, "seed": self.random_state, "deterministic": True, "force_row_wise": True,
            "num_threads": 1, "verbosity": -1,
        }  # fmt: skip
        data = lightgbm.Dataset(rows, churned, categorical_feature=categories, params={"verbosity": -1})
        return lightgbm.train(options, data, self.trees)


def _contributions(booster: Any, rows: np.ndarray) -> np.ndarray:
    """Give what each column adds to a row's log odds, and in the last place what they begin with."""
    if not len(rows):
        return np.empty((0, rows.shape[1] + 1))
    return np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1))
