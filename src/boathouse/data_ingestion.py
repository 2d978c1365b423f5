"""Data ingestion: tables as pandas frames and back, here and on Databricks, and the parts that a model learns from."""

from __future__ import annotations

from typing import Any

from boathouse import model_file
from boathouse.errors import UserError
from boathouse.extra import needed
from boathouse.frame import arrow_table
from boathouse.lake import Lake, Namespace
from boathouse.model_file import ModelSpec
from boathouse.project_lake import lake_here
from boathouse.split import split


class DataIngestion:
    """The tables of a project, in and out; `config` is a model of it, by its name or as it was read."""

    def __init__(self, config: ModelSpec | str | None = None, spark: Any = None, *, lake: Lake | None = None) -> None:
        self.config = config
        self.spark = spark
        self.lake = lake or lake_here(spark)

    def load_from_delta(self, catalog: str, schema: str, table: str) -> Any:
        """Give the rows of a table as a pandas frame."""
        needed("pandas", "ml")
        return self.lake.read(Namespace(catalog, schema).place(table)).to_pandas()

    def save_to_delta(self, df: Any, catalog: str, schema: str, table: str, mode: str = "overwrite") -> int:
        """Write a frame of any kind as a table, in one commit; give its version."""
        return self.lake.write(Namespace(catalog, schema).place(table), arrow_table(df), mode)

    def load_train_val_test(self) -> tuple[Any, Any, Any]:
        """Give the rows of the model's table in three parts: the same rows every time, no entity in two of them."""
        needed("pandas", "ml")
        spec = self._spec()
        rows = self.lake.read(self.lake.namespace.place(spec.table))
        parts = split(rows, spec.entity or spec.key, spec.split.shares, spec.time)
        train, validation, test = (part.to_pandas() for part in parts)
        return train, validation, test

    def _spec(self) -> ModelSpec:
        if isinstance(self.config, ModelSpec):
            return self.config
        project = getattr(self.lake, "project", None)
        if project is None:
            raise UserError("which model is it for?", hint="DataIngestion(model_file.load(project), spark)")
        return model_file.load(project, self.config or "")
