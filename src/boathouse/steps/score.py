"""Ask a registered model for a number a row, such as how likely a claim is a fraud."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from boathouse.errors import StepError
from boathouse.names import IDENTIFIER, ModelReference, variable
from boathouse.quoting import python_column, python_text
from boathouse.relation import Relation
from boathouse.schema import Schema, is_number
from boathouse.step import ColumnName, Columns, Example, Step, call, with_column

Name = Annotated[str, Field(pattern=rf"^{IDENTIFIER.pattern}$")]
RESERVED = re.compile(r"latest|v\d+", re.IGNORECASE)  # MLflow keeps these for itself


class Score(Step):
    """Ask a registered model for a number a row, such as how likely a claim is a fraud.

    The model is the project's own, `catalog.schema.model` in the registry of the environment. Numbers and booleans are
    given to it as doubles, since pandas, by which Spark gives rows to a model, holds no other number that may be missing;
    the model makes them what it was trained on. NaN counts as missing. A table is built anew when its model has another version.
    """

    step: Literal["score"] = "score"
    model: Name = Field(description="the registered model, without its catalog and schema")
    columns: Columns = Field(description="the columns that the model is given: numbers, texts and booleans")
    into: ColumnName = Field(description="the column of the scores, a double")
    alias: Name | None = Field(
        default=None, description="the model's alias; champion, where there is no version either"
    )
    version: PositiveInt | None = Field(default=None, description="a version of the model instead of an alias")

    row_by_row = True

    @model_validator(mode="after")
    def _names_one_version(self) -> Self:
        if self.alias and self.version:
            raise ValueError("a model is named by `alias` or by `version`, not by both")
        if self.alias and RESERVED.fullmatch(self.alias):
            raise ValueError(f"`{self.alias}` is kept by MLflow for itself; write `version: 3`, or another alias")
        if len({name.lower() for name in self.columns}) < len(self.columns):
            raise ValueError("a column is given to a model once")
        return self

    @property
    def reference(self) -> ModelReference:
        return ModelReference(self.model, "" if self.version else self.alias or "champion", self.version)

    def title(self) -> str:
        return f"Score: {self.into} by {self.reference}"

    def asks(self, table: Relation) -> dict[ModelReference, Schema]:
        kinds = {name: "string" if table.schema[name].type == "string" else "double" for name in self.columns}
        return {self.reference: Schema.from_types(kinds)}

    def sql(self, table: Relation) -> str:
        given = {name: self._given(table, name) for name in self.columns}
        return table.select({self.into: f"{self.reference.function}({table.record(given)})"})

    def pyspark(self, table: Relation) -> str:
        types = table.schema.types
        given = [
            python_column(name)
            if types[name] in ("double", "string")
            else f'{python_column(name)}.cast("double").alias({python_text(name)})'
            for name in self.columns
        ]
        function = variable(f"score_{self.model}")
        uri = f'f"models:/{table.models}.{self.reference}"'
        loaded = call(f"{function} = mlflow.pyfunc.spark_udf", ["spark", uri, 'result_type="double"'])
        struct = call("F.struct", given, start=len(f"df = df.withColumn({python_text(self.into)}, {function}())"))
        return f"{loaded}\n{with_column(self.into, f'{function}({struct})')}"

    def after(self, table: Relation) -> Schema:
        for name in self.columns:
            type_ = table.schema[name].type
            if not (is_number(type_) or type_ in ("string", "boolean")):
                raise StepError(
                    f"`{name}` is {type_}, and a model is given numbers, texts and booleans",
                    hint="make a number of it first: date_parts, or derive the days since",
                )
        return table.schema.put(self.into, "double")

    def _given(self, table: Relation, name: str) -> str:
        column, type_ = table.column(name), table.schema[name].type
        return column if type_ in ("double", "string") else f"CAST({column} AS {table.type('double')})"

    @classmethod
    def examples(cls) -> Iterator[Example]:
        nan = float("nan")
        yield Example(
            "the model adds up its points, and what is missing counts nothing; all other columns stay",
            cls(model="claims_fraud", columns=["amount", "kind"], into="fraud_score"),
            given={"id": [1, 2, 3, 4], "amount": [100.0, 50.0, None, nan], "kind": ["surgery", "visit", "surgery", None]},
            then={
                "id": [1, 2, 3, 4], "amount": [100.0, 50.0, None, nan], "kind": ["surgery", "visit", "surgery", None],
                "fraud_score": [205.0, 100.0, 5.0, 0.0],
            },
            points=[2.0, {"surgery": 5.0}],
        )  # fmt: skip
        yield Example(
            "whole numbers, decimals and booleans are given as doubles, also where some are missing",
            cls(model="churn", columns=["visits", "is_new", "rank"], into="risk", alias="challenger"),
            given={"visits bigint": [4, None, 1], "is_new": [True, False, None], "rank int": [3, 2, 1]},
            then={"visits bigint": [4, None, 1], "is_new": [True, False, None], "rank int": [3, 2, 1], "risk": [16.0, 4.0, 2.5]},
            points=[0.5, 8.0, 2.0],
        )  # fmt: skip
        yield Example(
            "a column of this name is replaced in its place, by a version and no alias",
            cls(model="churn", columns=["risk", "fee"], into="risk", version=2),
            given={"risk": [1.0, 2.0], "fee double": [None, None]}, then={"risk": [10.0, 20.0], "fee double": [None, None]},
            points=[10.0, 1.0],
        )  # fmt: skip
        yield Example(
            "no rows at all", cls(model="churn", columns=["fee"], into="risk"),
            given={"fee double": []}, then={"fee double": [], "risk double": []}, points=[1.0],
        )  # fmt: skip
