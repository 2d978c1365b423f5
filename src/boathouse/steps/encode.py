"""Turn categories into numbers: a column each, a code, a share of the rows, or a mean of the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, NonNegativeFloat, model_validator

from boathouse.errors import StepError
from boathouse.long_text import dict_of
from boathouse.names import slug
from boathouse.quoting import python_column, python_literal, python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import Schema, is_integer, is_number
from boathouse.step import (
    ColumnName,
    Example,
    FittedStep,
    Rows,
    call,
    fitting_frame,
    named,
    with_column,
    with_columns,
)

# Both engines look a category up by trying one after the other; with more of them, group the rare ones or hash.
MOST_CATEGORIES = 1000

NUMBERS = {"ordinal": "codes", "frequency": "shares", "target": "rates"}

Category = Annotated[
    str,  # YAML reads 1 and true by itself; as text they are what both engines make of them
    BeforeValidator(
        lambda value: (
            str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | date) else value
        )
    ),
]


class Encode(FittedStep):
    """Turn categories into numbers: a column each, a code, a share of the rows, or a mean of the target.

    one_hot: a column plan_pro of 0 and 1 for each of `categories`, instead of the column; names that are the same get
    _2, _3. ordinal: 0, 1, 2 in the order of `categories`, or of their bytes; what was not there is -1.
    frequency: the share of the rows; what was not there is 0. target: the mean of a target, drawn towards the mean of
    all by few rows, (sum + smoothing * mean of all) / (rows + smoothing); what was not there is the mean of all.
    Null is no category: it stays null, and has 0 in every column of one_hot. Fill it before to make it one.
    """

    step: Literal["encode"] = "encode"
    column: ColumnName = Field(description="the column of categories: text, integers, booleans or dates")
    method: Literal["one_hot", "ordinal", "frequency", "target"] = Field(description="what becomes of a category")
    categories: tuple[Category, ...] | None = Field(
        default=None, min_length=1, description="one_hot: the categories that get a column; ordinal: their order, if it has a meaning",
    )  # fmt: skip
    target: ColumnName | None = Field(
        default=None, description="target: the column whose mean is taken, a number or a boolean"
    )
    smoothing: NonNegativeFloat = Field(default=10.0, description="target: how many rows the mean of all weighs")
    into: ColumnName | None = Field(
        default=None, description="the column for the result, or what names begin with; none: the column"
    )

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.method == "one_hot" and not self.categories:
            raise ValueError("one_hot wants `categories`: the columns of a table are known before its rows are")
        if self.categories and self.method in ("frequency", "target"):
            raise ValueError(f"`categories` belongs to one_hot and ordinal, and {self.method} learns them")
        if self.categories and len(set(self.categories)) < len(self.categories):
            raise ValueError("`categories` holds one twice")
        if (self.method == "target") != (self.target is not None):
            raise ValueError("`target` belongs to `method: target`, and to nothing else")
        return self

    def title(self) -> str:
        return f"Encoding: {self.column} ({self.method.replace('_', '-')})"

    def learns(self) -> bool:
        return self.categories is None

    def fit_sql(self, table: Relation) -> str:
        category = table.cast(table.column(self.column), table.schema[self.column].type, "string")
        y = table.column(self.target) if self.target else "NULL"
        sums = f"count(*) AS n, count({y}) AS known, sum(CAST({y} AS DOUBLE)) AS total"
        return f"SELECT {category} AS category, {sums} FROM {table.fitting} GROUP BY {category}"

    def learn(self, rows: Rows) -> dict[str, Any]:
        known = sorted((row for row in rows if row["category"] is not None), key=lambda row: str(row["category"]))
        if len(known) > MOST_CATEGORIES:
            raise StepError(
                f"`{self.column}` has {len(known)} categories, and at most {MOST_CATEGORIES} can be encoded",
                hint="group the rare ones with map_values, or leave the column out",
            )
        if self.method == "ordinal":
            return {"codes": {row["category"]: code for code, row in enumerate(known)}}
        if self.method == "frequency":
            every = sum(row["n"] for row in rows)
            return {"shares": {row["category"]: row["n"] / every for row in known}}
        return self._learn_rates([row for row in rows if row["category"] is None] + known)

    def _learn_rates(self, rows: Rows) -> dict[str, Any]:
        rows = [row for row in rows if row["known"]]
        if not rows:
            return {"rates": {}, "prior": None}
        m, prior = self.smoothing, sum(row["total"] for row in rows) / sum(row["known"] for row in rows)
        rates = {
            row["category"]: (row["total"] + m * prior) / (row["known"] + m)
            for row in rows
            if row["category"] is not None
        }
        return {"rates": rates, "prior": prior}

    def numbers(self) -> dict[str, str]:
        if not self.learns():
            return {}
        keys = [NUMBERS[self.method], *(["prior"] if self.method == "target" else [])]
        return {key: named(key, self.column) for key in keys}

    def pyspark_fit(self, table: Relation) -> str:
        frame, name = fitting_frame(table), named(NUMBERS[self.method], self.column)
        x = python_text(spark_reference(self.column))
        category = x if self._is_text(table) else f'F.col({x}).cast("string")'
        if self.method == "ordinal":
            rows = f"rows = {frame}.where({python_column(self.column)}.isNotNull()).select({category}).distinct().collect()"
            return f"{rows}\n{name} = {{row[0]: code for code, row in enumerate(sorted(rows))}}"
        if self.method == "frequency":
            groups = call(f"groups = {frame}.groupBy({category}).agg", ['F.count("*")'])
            return f"every = {frame}.count()\n{groups}\n{dict_of(name, 'category: n / every', 'category, n')}"
        y, prior = f'{python_column(str(self.target))}.cast("double")', named("prior", self.column)
        rate = f"category: (total + {self.smoothing} * {prior}) / (n + {self.smoothing})"
        return "\n".join([
            f"known = {frame}.where({python_column(str(self.target))}.isNotNull())",
            f"{prior} = known.agg(F.avg({y})).first()[0]",
            call(f"groups = known.groupBy({category}).agg", ['F.count("*")', f"F.sum({y})"]),
            dict_of(name, rate, "category, n, total"),
        ])  # fmt: skip

    def sql(self, table: Relation) -> str:
        x = table.cast(table.column(self.column), table.schema[self.column].type, "string")
        if self.method == "one_hot":
            put = {name: f"CASE WHEN {x} = {table.text(of)} THEN 1 ELSE 0 END" for name, of in self._one_hot().items()}
            return table.select(put, drop=[] if self.into else [self.column])
        arms = " ".join(
            f"WHEN {x} = {table.text(of)} THEN {table.literal(number)}" for of, number in self._codes().items()
        )
        number = f"CASE WHEN {x} IS NULL THEN NULL {arms} ELSE {table.literal(self._unseen())} END"
        return table.select({self.into or self.column: f"CAST({number} AS {table.type(self._type())})"})

    def pyspark(self, table: Relation) -> str:
        x = python_column(self.column)
        text = x if self._is_text(table) else f'{x}.cast("string")'
        if self.method == "one_hot":
            put = {name: f"F.when({text} == {python_text(of)}, 1).otherwise(0)" for name, of in self._one_hot().items()}
            return with_columns(put) + ("" if self.into else f"\ndf = df.drop({python_text(self.column)})")
        name = named(NUMBERS[self.method], self.column)
        learnt = self.pyspark_numbers(table) if self.learns() else f"{name} = {python_literal(self._codes())}"
        unseen = named("prior", self.column) if self.method == "target" else python_literal(self._unseen())
        number = f"F.coalesce(numbers[{text}], F.lit({unseen}))"
        return (
            f"{learnt}\n"
            f"numbers = F.create_map(*[F.lit(part) for pair in {name}.items() for part in pair])"
            f'.cast("map<string,{self._type()}>")\n'
            f"{with_column(self.into or self.column, f'F.when({x}.isNotNull(), {number})')}"
        )

    def after(self, table: Relation) -> Schema:
        column = table.schema[self.column]
        if column.type not in ("string", "boolean", "date") and not is_integer(column.type):
            raise StepError(
                f"`{column.name}` is {column.type}, which has no categories", hint="cast it to string or bigint first"
            )
        if self.target and not (
            is_number(table.schema[self.target].type) or table.schema[self.target].type == "boolean"
        ):
            raise StepError(
                f"`{self.target}` is {table.schema[self.target].type}, which has no mean", hint="cast the target first"
            )
        if self.method != "one_hot":
            return _put_new(table.schema, [self.into or self.column], self._type(), over=self.column)
        left = table.schema if self.into else table.schema.drop([self.column])
        return _put_new(left, self._one_hot(), "int")

    def _is_text(self, table: Relation) -> bool:
        return table.schema[self.column].type == "string"

    def _type(self) -> str:
        return "int" if self.method == "ordinal" else "double"

    def _codes(self) -> dict[str, Any]:
        if self.categories is not None:
            return {category: code for code, category in enumerate(self.categories)}
        codes: dict[str, Any] = self.number(NUMBERS[self.method])
        return codes

    def _unseen(self) -> Any:
        return self.number("prior") if self.method == "target" else {"ordinal": -1, "frequency": 0.0}[self.method]

    def _one_hot(self) -> dict[str, str]:
        """Name the column of each category: plan_pro, and plan_pro_2 where that is taken."""
        names: dict[str, str] = {}
        for category in self.categories or ():
            name = f"{self.into or self.column}_{slug(category).lstrip('_')}"
            candidate, count = name, 1
            while candidate in names:
                count += 1
                candidate = f"{name}_{count}"
            names[candidate] = category
        return names

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield from _examples_of_columns(cls)
        yield from _examples_of_codes(cls)
        yield from _examples_of_targets(cls)


def _put_new(schema: Schema, names: Iterable[str], type_: str, over: str = "") -> Schema:
    """Put columns of a type; only the one that is encoded may be there."""
    for name in names:
        if name.lower() in {there.lower() for there in schema.names} and name != over:
            raise StepError(f"`{name}` is there already", hint="give another name with `into`")
        schema = schema.put(name, type_)
    return schema


def _examples_of_columns(step: type[Encode]) -> Iterator[Example]:
    yield Example(
        "a column each for the categories that are listed; null and what is not listed have 0 in all",
        step(column="plan", method="one_hot", categories=("basic", "pro")),
        given={"plan": ["pro", "basic", None, "gone", "Pro"], "id": [1, 2, 3, 4, 5]},
        then={"id": [1, 2, 3, 4, 5], "plan_basic int": [0, 1, 0, 0, 0], "plan_pro int": [1, 0, 0, 0, 0]},
    )  # fmt: skip
    yield Example(
        "categories whose names are the same get a number, quotes and all",
        step(column="x", method="one_hot", categories=("A b", 'a"b', "it's", ""), into="is"),
        given={"x": ["A b", 'a"b', "it's", ""]},
        then={
            "x": ["A b", 'a"b', "it's", ""],
            "is_a_b int": [1, 0, 0, 0], "is_a_b_2 int": [0, 1, 0, 0], "is_it_s int": [0, 0, 1, 0], "is_ int": [0, 0, 0, 1],
        },
    )  # fmt: skip
    yield Example(
        "numbers are categories too",
        step(column="a.b", method="one_hot", categories=("-1", "1")), given={"a.b int": [1, -1, None]},
        then={"a.b_1 int": [0, 1, 0], "a.b_1_2 int": [1, 0, 0]},
    )  # fmt: skip


def _examples_of_codes(step: type[Encode]) -> Iterator[Example]:
    ordinal, frequency = step(column="x", method="ordinal"), step(column="x", method="frequency", into="share")
    yield Example(
        "codes follow the order of bytes, capitals first, and null has none",
        ordinal, given={"x": ["b", "a", None, "B", "a"]}, then={"x int": [2, 1, None, 0, 1]},
    )  # fmt: skip
    yield Example(
        "an order that has a meaning is given; what is not in it is -1",
        step(column="x", method="ordinal", categories=("low", "mid", "high")),
        given={"x": ["high", "low", "none", None]}, then={"x int": [2, 0, -1, None]},
    )  # fmt: skip
    dotted = step(column="a.b", method="ordinal")
    yield Example("a name with a dot", dotted, given={"a.b": ["k", None]}, then={"a.b int": [0, None]})
    yield Example("a column of nulls has no codes", ordinal, given={"x string": [None]}, then={"x int": [None]})
    yield Example("booleans, as text: false comes first", ordinal, given={"x": [True, False]}, then={"x int": [1, 0]})
    yield Example(
        "numbers are ordered as text is",
        ordinal, given={"x int": [10, 9, -1]}, then={"x int": [1, 2, 0]},
    )  # fmt: skip
    yield Example("dates", ordinal, given={"x": [date(2024, 2, 1), date(2024, 1, 9)]}, then={"x int": [1, 0]})
    yield Example(
        "a share is of all rows, those with null too",
        frequency, given={"x": ["a", "a", "b", None]}, then={"x": ["a", "a", "b", None], "share": [0.5, 0.5, 0.25, None]},
    )  # fmt: skip
    yield Example("no rows at all", frequency, given={"x string": []}, then={"x string": [], "share double": []})


def _examples_of_targets(step: type[Encode]) -> Iterator[Example]:
    yield Example(
        "few rows are drawn towards the mean of all, which rows without a category have a part in",
        step(column="plan", method="target", target="churned", smoothing=1),
        given={"plan": ["a", "a", "b", None, "c"], "churned": [True, True, False, False, None]},
        then={"plan": [2.5 / 3, 2.5 / 3, 0.25, None, 0.5], "churned": [True, True, False, False, None]},
    )  # fmt: skip
    yield Example(
        "without smoothing it is the mean, here of an int column by an int column",
        step(column="zip", method="target", target="fee", smoothing=0, into="zip_fee"),
        given={"zip int": [1, 1, 2], "fee int": [1, 2, 5]}, then={"zip int": [1, 1, 2], "fee int": [1, 2, 5], "zip_fee": [1.5, 1.5, 5.0]},
    )  # fmt: skip
    yield Example(
        "a target of nulls has no mean",
        step(column="plan", method="target", target="y"), given={"plan": ["a"], "y int": [None]}, then={"plan double": [None], "y int": [None]},
    )  # fmt: skip
    yield Example(
        "names that have to be quoted",
        step(column="a.b", method="target", target='y"', smoothing=0), given={"a.b": ["k"], 'y"': [3.0]}, then={"a.b": [3.0], 'y"': [3.0]},
    )  # fmt: skip
