"""Take columns of another table, row by row, where the keys are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from boathouse.errors import StepError
from boathouse.names import TableName
from boathouse.quoting import python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import FLOATS, NESTED, Column, Schema
from boathouse.step import ColumnName, Example, Step, call, free_name, other_frame

ONE_LEFT = ("one_to_one", "one_to_many")
ONE_RIGHT = ("one_to_one", "many_to_one")

On = Annotated[
    dict[ColumnName, ColumnName],
    BeforeValidator(lambda keys: keys if isinstance(keys, dict) else dict(zip(keys, keys, strict=True))),
]


class Join(Step):
    """Take columns of another table where the keys are equal; a null equals nothing.

    `how` says what becomes of a row that finds no partner, `relation` how often a key may be there on each side. The
    side that holds it once is asked before the join: a key that is there twice would silently double rows.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    step: Literal["join"] = "join"
    table: str = Field(alias="with", description="the table whose columns are taken, such as silver.plans")
    on: On = Field(min_length=1, description="the key: [columns] of one name, or {column: its name in the other table}")
    how: Literal["left", "inner"] = Field(
        default="left", description="left keeps rows without a partner, inner drops them"
    )
    relation: Literal["many_to_one", "one_to_one", "one_to_many", "many_to_many"] = Field(
        default="many_to_one", description="rows of this table to rows of the other; the side that is `one` is checked"
    )
    columns: tuple[ColumnName, ...] = Field(
        default=(), description="what to take from the other table; none: all but its key"
    )
    prefix: str = Field(default="", description="put before the names of what is taken, such as plan_")

    def title(self) -> str:
        return f"Join: {self.table} on {', '.join(self.on)} ({self.how}, {self.relation.replace('_', ' ')})"

    def reads(self) -> tuple[str, ...]:
        return (self.table,)

    def guard(self, table: Relation) -> str:
        other = table.other(self.table)
        twice = [_twice(other, self.on.values())] if self.relation in ONE_RIGHT else []
        twice += [_twice(table, self.on)] if self.relation in ONE_LEFT else []
        return f"SELECT {' + '.join(twice)} AS keys_there_twice" if twice else ""

    def guard_message(self) -> str:
        sides = {
            "many_to_one": self._twice_there(),
            "one_to_one": f"{self._twice_there()}, or {self._twice_here()}",
            "one_to_many": self._twice_here(),
        }
        return f"{sides.get(self.relation, '')}; the join is said to be {self.relation.replace('_', ' ')}"

    def sql(self, table: Relation) -> str:
        other = table.other(self.table)
        columns = [f"base.{table.column(name)}" for name in table.schema.names]
        columns += [
            f"other.{other.column(name)} AS {table.name_of(self.prefix + name)}" for name in self._taken(other.schema)
        ]
        on = " AND ".join(f"base.{table.column(left)} = other.{other.column(right)}" for left, right in self.on.items())
        join = f"{table.name} AS base {self.how.upper()} JOIN {other.name} AS other ON {on}"
        return f"SELECT {', '.join(columns)} FROM {join}"

    def pyspark(self, table: Relation) -> str:
        return self._pyspark(table, self._pyspark_checks())

    def pyspark_lazy(self, table: Relation) -> str:
        return self._pyspark(table, self._pyspark_lazy_checks(table))

    def _pyspark(self, table: Relation, checks: Iterable[str]) -> str:
        name, other = TableName.parse(self.table).flat, table.other(self.table).schema
        equal = [f"F.col({_of('df', left)}) == F.col({_of(name, right)})" for left, right in self.on.items()]
        on = equal[0] if len(equal) == 1 else " & ".join(f"({key})" for key in equal)
        taken = [_of(name, column) for column in self._taken(other)]
        if self.prefix:
            taken = [
                f"F.col({_of(name, column)}).alias({python_text(self.prefix + column)})"
                for column in self._taken(other)
            ]
        return "\n".join([
            f"{name} = {other_frame(table, self.table)}",
            *checks,
            call('joined = df.alias("df").join', [f'{name}.alias("{name}")', on, f'"{self.how}"']),
            call("df = joined.select", ['"df.*"', *taken]),
        ])  # fmt: skip

    def _pyspark_checks(self) -> Iterator[str]:
        for frame, keys, sentence in self._sides():
            # not dropna(): it cannot find a column whose name has a dot
            columns = ", ".join(python_text(spark_reference(key)) for key in keys)
            yield f"keys = {frame}.where({python_text(_known(keys))}).select({columns})"
            yield f"if keys.count() > keys.distinct().count():\n    raise ValueError({python_text(sentence)})"

    def _pyspark_lazy_checks(self, table: Relation) -> Iterator[str]:
        for frame, keys, sentence in self._sides():
            times = free_name("times", [*table.schema.names, *table.other(self.table).schema.names])
            columns = ", ".join(python_text(spark_reference(key)) for key in keys)
            once = f"F.expr({python_text(f'{times} = 1 OR NOT ({_known(keys)})')})"
            yield "# Asked within the query, since the function of a dataset may run none."
            yield f"one_key = Window.partitionBy({columns})"
            yield f'{frame} = {frame}.withColumn("{times}", F.count("*").over(one_key))'
            yield f"once = {call('F.assert_true', [once, python_text(sentence)], len('once = '))}"
            yield f'{frame} = {frame}.where(once.isNull()).drop("{times}")'

    def _sides(self) -> Iterator[tuple[str, list[str], str]]:
        """Give each side that holds its key once: its frame, the key, and what is wrong where it does not."""
        if self.relation in ONE_RIGHT:
            yield TableName.parse(self.table).flat, [*self.on.values()], self._twice_there()
        if self.relation in ONE_LEFT:
            yield "df", [*self.on], self._twice_here()

    def after(self, table: Relation) -> Schema:
        other = table.other(self.table).schema
        for left, right in self.on.items():
            _refuse_unequal(table.schema[left], other[right], self.table)
        taken = tuple(Column(self.prefix + name, other[name].type) for name in self._taken(other))
        there = {name.lower() for name in table.schema.names}
        for column in taken:
            if column.name.lower() in there:
                raise StepError(
                    f"`{column.name}` is there already", hint="give a `prefix`, or list the `columns` to take"
                )
        return Schema((*table.schema, *taken))

    def _taken(self, other: Schema) -> tuple[str, ...]:
        keys = set(self.on.values())
        return tuple(other[name].name for name in self.columns) or tuple(
            name for name in other.names if name not in keys
        )

    def _twice_there(self) -> str:
        return f"{self.table} holds a key ({', '.join(self.on.values())}) twice, and the join would double rows"

    def _twice_here(self) -> str:
        return f"the table that is joined to {self.table} holds a key ({', '.join(self.on)}) twice"

    @classmethod
    def examples(cls) -> Iterator[Example]:
        plans: dict[str, list[Any]] = {"plan": ["basic", "pro", None], "price": [5.0, 9.0, 1.0], "seats int": [1, 2, 3]}
        silver = {"silver.plans": plans}
        yield Example(
            "left: a row without a partner stays, and a null key has none although the other table has one",
            cls(table="silver.plans", on={"plan": "plan"}), others=silver,
            given={"id": [1, 2, 3, 4], "plan": ["pro", "gone", None, "pro"]},
            then={
                "id": [1, 2, 3, 4], "plan": ["pro", "gone", None, "pro"], "price": [9.0, None, None, 9.0],
                "seats int": [2, None, None, 2],
            },
        )  # fmt: skip
        yield Example(
            "inner: only rows with a partner, and only the columns that are asked for",
            cls(table="silver.plans", on={"plan": "plan"}, how="inner", columns=("seats",)), others=silver,
            given={"id": [1, 2, 3], "plan": ["pro", "gone", None]}, then={"id": [1], "plan": ["pro"], "seats int": [2]},
        )  # fmt: skip
        yield Example(
            "the key has another name there, and a prefix keeps names apart",
            cls(table="silver.plans", on={"tariff": "plan"}, prefix="plan_"), others=silver,
            given={"price": [1.5], "tariff": ["basic"]},
            then={"price": [1.5], "tariff": ["basic"], "plan_price": [5.0], "plan_seats int": [1]},
        )  # fmt: skip
        yield Example(
            "one to many: rows are doubled where that is said, and the order of columns stays",
            cls(table="silver.orders", on={"id": "user"}, relation="one_to_many"),
            others={"silver.orders": {"total": [1, 2, 3], "user": [7, 7, 8]}},
            given={"name": ["a", "b"], "id": [7, 9]}, then={"name": ["a", "a", "b"], "id": [7, 7, 9], "total": [1, 2, None]},
        )  # fmt: skip
        yield Example(
            "two columns are one key: each alone is there twice",
            cls(table="gold.days", on={"day": "day", "shop": "shop"}, relation="one_to_one"),
            others={"gold.days": {"shop": ["x", "x", "y"], "day": [1, 2, 1], "sales": [10, 20, 30]}},
            given={"day": [2, 1, 1], "shop": ["x", "y", "z"]},
            then={"day": [2, 1, 1], "shop": ["x", "y", "z"], "sales": [20, 30, None]},
        )  # fmt: skip
        yield Example(
            "a null key may be there twice: it is nobody's partner",
            cls(table="silver.plans", on={"plan": "plan"}),
            others={"silver.plans": {"plan": [None, None, "pro"], "price": [1, 2, 3]}},
            given={"plan": ["pro", None]}, then={"plan": ["pro", None], "price": [3, None]},
        )  # fmt: skip
        yield Example(
            "names that have to be quoted",
            cls(table="silver.plans", on={"a.b": 'p.q"'}, relation="one_to_one"),
            others={"silver.plans": {'p.q"': ["k", None], "x`.y": ["u", "v"]}},
            given={"a.b": ["k", "l"]}, then={"a.b": ["k", "l"], "x`.y": ["u", None]},
        )  # fmt: skip


def _twice(table: Relation, names: Iterable[str]) -> str:
    """Count the keys that a table holds more than once."""
    keys = [table.column(name) for name in names]
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    grouped = f"SELECT 1 AS key FROM {table.name} WHERE {known} GROUP BY {', '.join(keys)} HAVING count(*) > 1"
    return f"(SELECT count(*) FROM ({grouped}) AS twice)"


def _known(keys: Iterable[str]) -> str:
    return " AND ".join(f"{spark_reference(key)} IS NOT NULL" for key in keys)


def _of(frame: str, column: str) -> str:
    return python_text(f"{frame}.{spark_reference(column)}")


def _refuse_unequal(left: Column, right: Column, table: str) -> None:
    """Refuse keys that an engine would cast to compare them, and those that are equal by chance."""
    if left.type != right.type:
        raise StepError(
            f"`{left.name}` is {left.type}, and `{right.name}` of {table} is {right.type}",
            hint="cast one of them first",
        )
    if left.type in FLOATS or NESTED.fullmatch(left.type):
        raise StepError(
            f"`{left.name}` is {left.type}, which is no key", hint="cast it to bigint, decimal or string first"
        )
