"""Give columns another type; what does not fit becomes null, or sends its row to quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from boathouse.casting import OFFSET_TEXT, TIMESTAMP_TEXT, refuse_cast
from boathouse.errors import StepError
from boathouse.long_text import pattern_line
from boathouse.quoting import python_column, python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import (
    LINE,
    MISFITS,
    ColumnName,
    Example,
    Step,
    TypeName,
    call,
    chained,
    listed,
    with_columns,
)
from boathouse.time_zone import TimeZone

INSTANT = ("string", "timestamp")
NAN, INFINITY = float("nan"), float("inf")


class Cast(Step):
    """Give columns another type; what does not fit becomes null, or sends its row to quarantine.

    It is Spark's try_cast, and casting.py has the differences. Text becomes a timestamp where it says a whole instant
    (2024-01-05, 2024-01-05 10:11, 2024-01-05T10:11:12.5+02:00): Spark alone would read `10:00` as today's. Without an
    offset it is a time in UTC, or in `time_zone`: an hour that is there twice there is the first one, and one that is
    skipped is as much later.
    """

    row_by_row: ClassVar[bool] = True

    step: Literal["cast"] = "cast"
    columns: dict[ColumnName, TypeName] = Field(
        min_length=1, description="the new type of each column, in Databricks SQL words"
    )

    time_zone: TimeZone = Field(
        default="UTC",
        description="string to timestamp: where text without an offset was written, such as Europe/Berlin",
    )

    misfits: Literal["null", "quarantine"] = Field(
        default="null",
        description="what becomes of a value that does not fit, or of its row; quarantine says what the value was",
    )

    def title(self) -> str:
        return "Type conversion: " + listed(f"{name} to {kind}" for name, kind in self.columns.items())

    def sql(self, table: Relation) -> str:
        casts = {name: self._sql(table, name, kind) for name, kind in self.columns.items()}
        if self.misfits == "null":
            return table.select(casts)
        cases = [
            (f"{table.column(name)} IS NOT NULL AND {cast} IS NULL", self._reason(table, name))
            for name, cast in casts.items()
        ]
        return table.select({**casts, MISFITS: table.reasons(cases)})

    def _reason(self, table: Relation, name: str) -> str:
        """Say what does not fit; a text with itself, since the column will not hold it."""
        said = f"{name} is no {self.columns[name]}"
        if table.schema[name].type != "string":
            return table.text(said)
        return f"concat({table.text(f'{said}: ')}, {table.column(name)})"

    def _sql(self, table: Relation, name: str, kind: str) -> str:
        x, source = table.column(name), table.schema[name].type
        cast = table.cast(x, source, kind)
        if (source, kind) != INSTANT or self.time_zone == "UTC":
            return cast
        return f"CASE WHEN {table.matches(x, OFFSET_TEXT)} THEN {cast} ELSE {table.instant(cast, self.time_zone)} END"

    def pyspark(self, table: Relation) -> str:
        pairs = {name: (table.schema[name].type, kind) for name, kind in self.columns.items()}
        made = {name: self._pyspark(name, *pair) for name, pair in pairs.items()}
        if self.misfits == "quarantine":
            made[MISFITS] = self._pyspark_misfits(made, table.schema)
        casts = with_columns(made)
        if INSTANT not in pairs.values():
            return casts
        offset = [] if self.time_zone == "UTC" else [pattern_line("offset", OFFSET_TEXT)]
        return "\n".join([pattern_line("instant", TIMESTAMP_TEXT), *offset, casts])

    def _pyspark_misfits(self, made: Mapping[str, str], schema: Schema) -> str:
        reasons = []
        for name, cast in made.items():
            x, said = python_column(name), f"{name} is no {self.columns[name]}"
            is_text = schema[name].type == "string"
            reason = f"F.concat(F.lit({python_text(f'{said}: ')}), {x})" if is_text else f"F.lit({python_text(said)})"
            alone = cast if cast.startswith("F.") and "\n" not in cast else f"({cast})"
            reasons.append(
                call("F.when", [f"{x}.isNotNull() & {alone}.isNull()", reason], len("                    ,"))
            )
        return call("F.array_compact", [call("F.array", reasons, LINE)], LINE)

    def _pyspark(self, name: str, source: str, kind: str) -> str:
        x = python_column(name)
        cast = f"{x}.try_cast({python_text(kind)})"
        if (source, kind) != INSTANT:
            return cast
        if self.time_zone != "UTC":
            local = f"F.to_utc_timestamp({cast}, {python_text(self.time_zone)})"
            arms = [f"when(~{x}.rlike(instant), None)", f"when({x}.rlike(offset), {cast})", f"otherwise({local})"]
            return chained(arms)
        return f"F.when({x}.rlike(instant), {cast})"

    def after(self, table: Relation) -> Schema:
        for name, kind in self.columns.items():
            try:
                refuse_cast(table.schema[name].type, kind)
            except StepError as error:
                raise StepError(f"`{name}`: {error.message}", hint=error.hint) from None
        if self.time_zone != "UTC" and not any((table.schema[n].type, k) == INSTANT for n, k in self.columns.items()):
            raise StepError("`time_zone` is for text that becomes a timestamp, and none does", hint="leave it out")
        return table.schema.put_all(self.columns | ({MISFITS: "array<string>"} if self.misfits == "quarantine" else {}))

    @classmethod
    def examples(cls) -> Iterator[Example]:
        def example(why: str, kind: str, pairs: dict[Any, Any], source: str = "string") -> Example:
            given, then = list(pairs), list(pairs.values())
            return Example(why, cls(columns={"x": kind}), given={f"x {source}": given}, then={f"x {kind}": then})

        yield Example(
            "what does not fit is kept with its reason, where the row is to go to quarantine",
            cls(columns={"x": "int", "y": "date"}, misfits="quarantine"),
            given={"x string": ["1", "one", None, "2"], "y string": ["2024-01-05", "5.1.", None, "x"]},
            then={"x int": [1, None, None, 2], "y date": [date(2024, 1, 5), None, None, None],
                  f"{MISFITS} array<string>": [[], ["x is no int: one", "y is no date: 5.1."], [], ["y is no date: x"]]},
        )  # fmt: skip
        at = datetime(2024, 1, 5, 10, 11, 12, tzinfo=UTC)
        yield example(
            "text with a fraction is no int, blanks around one do not matter, and what is too big is null", "int",
            {"12": 12, " 12 ": 12, "\t-7\n": -7, "+3": 3, None: None} | dict.fromkeys(["12.7", "1e3", "0x1F", "", "n/a", "2147483648", "٣", "\xa01"]),
        )  # fmt: skip
        yield example(
            "a double is cut to an int, not rounded",
            "int",
            {2.7: 2, -2.7: -2, 2.5: 2, NAN: None, INFINITY: None, 1e10: None, None: None},
            "double",
        )
        yield example(
            "a decimal is cut to an int, not rounded", "int", {Decimal("2.70"): 2, Decimal("-0.99"): 0}, "decimal(5,2)"
        )
        yield example(
            "text becomes a double as Java reads one", "double",
            {"1e3": 1000.0, ".5": 0.5, "5.": 5.0, "1d": 1.0, " 2 ": 2.0, "-0": 0.0, "1,5": None, "--1": None, "": None}
            | {"NaN": NAN, "-inf": -INFINITY, "Infinity": INFINITY, "1e999": INFINITY},
        )  # fmt: skip
        yield example(
            "a double too big for a float is infinite, not null",
            "float",
            {1e39: INFINITY, -1e39: -INFINITY, 0.5: 0.5, NAN: NAN},
            "double",
        )
        yield example(
            "2^63 is one too many, and becomes the greatest bigint as on Spark",
            "bigint",
            {2.0**63: 2**63 - 1, -(2.0**63): -(2**63), 2.0**64: None},
            "double",
        )
        yield example(
            "the decimal text of a double is rounded, half up, and not its binary value", "decimal(10,2)",
            {1.005: Decimal("1.01"), 2.675: Decimal("2.68"), -0.005: Decimal("-0.01"), 99999999.994: Decimal("99999999.99"), 99999999.995: None, NAN: None},
            "double",
        )  # fmt: skip
        yield example("a decimal with no digit before its point takes exponents too", "decimal(2,2)",
                      {"1e-2": Decimal("0.01"), "123e-4": Decimal("0.01"), "1": None, "0.995": None})  # fmt: skip
        yield example(
            "true is 1, which has no room behind the point",
            "decimal(2,2)",
            {True: None, False: Decimal("0.00")},
            "boolean",
        )
        yield example(
            "a decimal is written with the 0 before its point",
            "string",
            {Decimal("0.50"): "0.50", Decimal("-0.05"): "-0.05"},
            "decimal(2,2)",
        )
        yield example("yes and 1 are true, but on and 2 are nothing", "boolean",
                      {"yes": True, " T ": True, "1": True, "no": False, "F": False, "0": False, "on": None, "2": None, "": None})  # fmt: skip
        yield example(
            "a date may be short or have a time behind it, but must exist", "date",
            dict.fromkeys(["2024-01-05", "2024-1-5", " 2024-01-05 ", "2024-01-05T10:00"], date(2024, 1, 5))
            | {"2024": date(2024, 1, 1), "2024-02": date(2024, 2, 1), "1582-10-10": date(1582, 10, 10)}
            | dict.fromkeys(["2024-02-30", "2023-02-29", "2024/01/05", "05.01.2024", "24-01-05", "epoch", "infinity"]),
        )  # fmt: skip
        yield example(
            "an instant is written in full: no time alone (Spark takes today), no region, no hour 24", "timestamp",
            dict.fromkeys(["2024-01-05 10:11:12", "2024-01-05T10:11:12Z", "2024-01-05T12:11:12+02:00", "2024-01-05T11:11:12+01"], at)
            | {"2024-01-05T10:11:12.1234569": at.replace(microsecond=123456), "2024-01-05": datetime(2024, 1, 5, tzinfo=UTC)}
            | dict.fromkeys(["10:00", "2024-01-05 24:00:00", "2024-01-05 10:11:12 Europe/Berlin", "2024-01-05 10:11Z", "2024-02-30 10:00", ""]),
        )  # fmt: skip
        yield example("a timestamp as text has no zone and no zeros at its end", "string",
                      {at: "2024-01-05 10:11:12", at.replace(microsecond=120000): "2024-01-05 10:11:12.12"}, "timestamp")  # fmt: skip
        berlin = cls(columns={"x": "timestamp"}, time_zone="Europe/Berlin")
        clocks = {
            "2024-07-05 12:00": datetime(2024, 7, 5, 10, tzinfo=UTC), "2024-01-05": datetime(2024, 1, 4, 23, tzinfo=UTC),
            "2024-07-05T12:00:00Z": datetime(2024, 7, 5, 12, tzinfo=UTC), "2024-07-05T12:00:00.5+01:00 ": datetime(2024, 7, 5, 11, 0, 0, 500000, tzinfo=UTC),
            "2024-10-27 02:30": datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "2024-10-27 03:00": datetime(2024, 10, 27, 2, tzinfo=UTC),
            "2024-03-31 02:30": datetime(2024, 3, 31, 1, 30, tzinfo=UTC), "2024-03-31 03:30": datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
            "10:00": None, None: None,
        }  # fmt: skip
        yield Example(
            "a time in a zone: where its clocks go back the first of two is meant, where they go forward it is an hour later",
            berlin, given={"x": list(clocks)}, then={"x timestamp": list(clocks.values())},
        )  # fmt: skip
