"""The model as MLflow loads it, from this very code: the folder that `save` wrote, with no pickle in it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from boathouse.ml.tracking.given import scored
from boathouse.model import load

ARTEFACT = "model"  # the folder's name beside this file


class TableModel(PythonModel):  # type: ignore[misc]  # MLflow is an extra, and no type of it is known
    """Any kind of model, asked for a number a row."""

    def load_context(self, context: Any) -> None:
        self.model = load(context.artifacts[ARTEFACT])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.Series:
        """Score the rows of a pandas frame, as Spark and a serving endpoint give them."""
        del context, params
        return scored(self.model, pa.Table.from_pandas(model_input, preserve_index=False)).to_pandas()


set_model(TableModel())
