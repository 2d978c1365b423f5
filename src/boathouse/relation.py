"""The one door to SQL dialects: a relation that steps select from, and every place where DuckDB and Spark part.

A step writes its SQL once, with the words of this file; each word that the engines spell or mean differently is one
function here, with both forms side by side and the reason. `tests/test_relation.py` runs each on both engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from boathouse.blanks import BLANK_ENDS
from boathouse.casting import TIMESTAMP_TEXT, duckdb_cast, refuse_cast
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UnknownName
from boathouse.names import TableName
from boathouse.quoting import Dialect, sql_literal, sql_name, sql_text
from boathouse.schema import Schema


@dataclass(frozen=True)
class Before:
    """What the table was like before it is written anew, as SQL: its rows (NULL where it was not there), its columns."""

    rows: str = "NULL"
    changed_columns: str = "0"  # that came, went or have another type now


@dataclass(frozen=True)
class Relation:
    """Rows to select from: a name in SQL, a schema, and the dialect that its SQL is written in."""

    name: str
    schema: Schema
    dialect: Dialect = "duckdb"
    others: Mapping[str, Schema] = field(default_factory=dict)
    fit_on: str = ""
    place: Callable[[TableName, Dialect], str] | None = None
    before: Before = Before()
    models: str = "{CATALOG}.{SCHEMA}_gold"  # where models are registered, within an f-string of Python

    # ---- names, values, selections -------------------------------------------------------------------------------

    def column(self, name: str) -> str:
        """Quote a column; one that is not there is an error that offers the nearest."""
        return sql_name(self.schema[name].name, self.dialect)

    def columns(self, names: Iterable[str]) -> str:
        return ", ".join(self.column(name) for name in names)

    def name_of(self, new: str) -> str:
        """Quote a name that need not exist yet."""
        return sql_name(new, self.dialect)

    def literal(self, value: Any) -> str:
        return sql_literal(value, self.dialect)

    def text(self, value: str) -> str:
        return sql_text(value, self.dialect)

    def type(self, name: str) -> str:
        """Spell a type as this dialect does: timestamp is TIMESTAMPTZ in DuckDB, an instant in UTC."""
        return duckdb_type(name) if self.dialect == "duckdb" else name

    def other(self, table: str) -> Relation:
        """Give another table that the step reads."""
        if table not in self.others:
            raise UnknownName("table", table, self.others)
        place = self.place or table_in_sql
        return replace(self, name=place(TableName.parse(table), self.dialect), schema=self.others[table], fit_on="")

    @cached_property
    def fitting(self) -> str:
        """The rows that numbers are fitted on: all of them, or those that `fit_on` chooses."""
        return (
            f"(SELECT * FROM {self.name} WHERE {self.expression(self.fit_on)}) AS fitting" if self.fit_on else self.name
        )

    def select(self, put: Mapping[str, str] | None = None, drop: Iterable[str] = ()) -> Selection:
        """Select all columns, some replaced in their place, new ones appended, some dropped."""
        return Selection(self, dict(put or {}), frozenset(self.schema[name].name for name in drop))

    def only(self, columns: Mapping[str, str]) -> str:
        """Select exactly these columns: {name: expression}, in this order."""
        chosen = [f"{expression} AS {self.name_of(name)}" for name, expression in columns.items()]
        return f"SELECT {', '.join(chosen)} FROM {self.name}"

    def either(self, *, duckdb: str, databricks: str) -> str:
        """Choose between two spellings of one meaning."""
        return duckdb if self.dialect == "duckdb" else databricks

    def reasons(self, cases: Sequence[tuple[str, str]]) -> str:
        """List the texts whose conditions hold; a lambda in the one engine, a function in the other."""
        each = ", ".join(f"CASE WHEN {condition} THEN {text} END" for condition, text in cases)
        return self.either(
            duckdb=f"list_filter([{each}], lambda reason: reason IS NOT NULL)",
            databricks=f"array_compact(array({each}))",
        )

    # ---- where the engines part: one function each -----------------------------------------------------------------

    def expression(self, sql: str) -> str:
        """Translate an expression that a user wrote in Databricks SQL; see dialect.py for what is rewritten and why."""
        if self.dialect == "databricks":
            return sql
        from boathouse.dialect import expression_to_duckdb

        return expression_to_duckdb(sql, self.schema)

    def quantile(self, expression: str, p: float) -> str:
        """Exact and interpolated; approxQuantile gives an element, and DuckDB rounds on DECIMAL: DOUBLE on both."""
        return self.either(
            duckdb=f"quantile_cont(CAST({expression} AS DOUBLE), {p})",
            databricks=f"percentile(CAST({expression} AS DOUBLE), {p}D)",
        )

    def order(self, expression: str, *, descending: bool = False, nulls_last: bool = False) -> str:
        """Order with the nulls' place written: Spark puts them first when ascending, DuckDB last."""
        return f"{expression} {'DESC' if descending else 'ASC'} NULLS {'LAST' if nulls_last else 'FIRST'}"

    def row(self, expressions: Iterable[str]) -> str:
        """Put values together, so that they are compared as one; nulls and NaN inside are equal to themselves on both."""
        return f"{self.either(duckdb='row', databricks='struct')}({', '.join(expressions)})"

    def record(self, fields: Mapping[str, str]) -> str:
        """Put values together under names; DuckDB's struct_pack takes names alone, which are not to be empty."""
        return self.either(
            duckdb=f"{{{', '.join(f'{self.text(name)}: {value}' for name, value in fields.items())}}}",
            databricks=f"named_struct({', '.join(f'{self.text(name)}, {value}' for name, value in fields.items())})",
        )

    def replace_all(self, expression: str, pattern: str, by: str) -> str:
        """Replace every match; DuckDB replaces the first one only unless told 'g'."""
        return self.either(
            duckdb=f"regexp_replace({expression}, {self.text(pattern)}, {self.text(by)}, 'g')",
            databricks=f"regexp_replace({expression}, {self.text(pattern)}, {self.text(by)})",
        )

    def matches(self, expression: str, pattern: str) -> str:
        """Tell whether the pattern is found anywhere in the text."""
        return self.either(
            duckdb=f"regexp_matches({expression}, {self.text(pattern)})",
            databricks=f"{expression} RLIKE {self.text(pattern)}",
        )

    def trimmed(self, expression: str) -> str:
        """Cut white space off at both ends; trim() itself cuts blanks only, and Spark's cuts no no-break space."""
        return self.replace_all(expression, BLANK_ENDS, "")

    def translate(self, expression: str, letters: str, by: str) -> str:
        """Replace letters one by one; both engines mean the same by it."""
        return f"translate({expression}, {self.text(letters)}, {self.text(by)})"

    def shifted(self, expression: str, bits: int) -> str:
        """Shift a bigint to the right, its sign kept; Spark has had the operator only since 4.0."""
        return self.either(duckdb=f"({expression} >> {bits})", databricks=f"shiftright({expression}, {bits})")

    def date_part(self, expression: str, part: str) -> str:
        """Take one number out of a date, as an int; Spark counts the days of a week otherwise than ISO and DuckDB."""
        duckdb = {"day_of_week": "isodow", "iso_week": "week", "iso_year": "isoyear"}.get(part, part)
        spark = {"day_of_week": "dayofweek_iso", "iso_week": "week", "iso_year": "yearofweek"}.get(part, part)
        if part == "is_weekend":
            return f"CAST({self.date_part(expression, 'day_of_week')} >= 6 AS INT)"
        return f"CAST(extract({self.either(duckdb=duckdb, databricks=spark)} FROM {expression}) AS INT)"

    def days_between(self, earlier: str, later: str) -> str:
        """Count the midnights (UTC) from one date or instant to another, as an int; DuckDB's count is a bigint."""
        earlier, later = f"CAST({earlier} AS DATE)", f"CAST({later} AS DATE)"
        return self.either(
            duckdb=f"CAST(date_diff('day', {earlier}, {later}) AS INTEGER)",
            databricks=f"datediff({later}, {earlier})",
        )

    def instant(self, expression: str, zone: str) -> str:
        """Read the clock of an instant in UTC as that of a zone: a time that is there twice is the earlier, as on Spark.

        DuckDB takes the later. What was so late a day before, and a day on is still so late, is the earlier. (220,000
        times around every change of 593 zones: equal on both, but where their lists of zones are of different years.)
        """
        name, clock, day = self.text(zone), f"timezone('UTC', {expression})", "INTERVAL '24' HOUR"
        early = f"(timezone({name}, {clock} - {day}) + {day})"
        return self.either(
            duckdb=f"CASE WHEN timezone({name}, {early}) = {clock} THEN {early} ELSE timezone({name}, {clock}) END",
            databricks=f"to_utc_timestamp({expression}, {name})",
        )

    def cast(self, expression: str, source: str, target: str) -> str:
        """Cast as Spark's try_cast does: what does not fit is NULL; a double is cut to an int, not rounded."""
        refuse_cast(source, target)
        if source == target:
            return expression
        if self.dialect == "databricks":
            if (source, target) == ("string", "timestamp"):
                return (
                    f"CASE WHEN {self.matches(expression, TIMESTAMP_TEXT)} THEN try_cast({expression} AS timestamp) END"
                )
            return f"try_cast({expression} AS {target})"
        return duckdb_cast(expression, source, target)


class Selection(str):
    """The text of a SELECT of all columns, which knows what it puts and drops: two of other columns can be made one."""

    __slots__ = ("drop", "put", "relation")
    relation: Relation
    put: dict[str, str]
    drop: frozenset[str]

    def __new__(cls, relation: Relation, put: dict[str, str], drop: frozenset[str]) -> Self:
        name_of, known = relation.name_of, relation.schema
        kept = [
            f"{put[name]} AS {name_of(name)}" if name in put else name_of(name)
            for name in known.names
            if name not in drop
        ]
        added = [
            f"{expression} AS {name_of(name)}" for name, expression in put.items() if name not in known or name in drop
        ]
        made = super().__new__(cls, f"SELECT {', '.join([*kept, *added])} FROM {relation.name}")
        made.relation, made.put, made.drop = relation, put, drop
        return made

    @staticmethod
    def merged(parts: Sequence[Selection]) -> Selection:
        """Make one SELECT of several that read each other, none of which looks at a column that one before it changes."""
        put = {name: expression for part in parts for name, expression in part.put.items()}
        return Selection(parts[0].relation, put, frozenset().union(*(part.drop for part in parts)))


def table_in_sql(table: TableName, dialect: Dialect) -> str:
    """Name a table of the lake in SQL: the layer is the schema."""
    return f"{sql_name(table.layer, dialect)}.{sql_name(table.table, dialect)}"
