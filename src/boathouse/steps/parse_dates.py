"""Read dates that are written in one of several ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from boathouse.date_pattern import DatePattern
from boathouse.quoting import python_column, python_pattern, python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import ColumnName, Example, Step, call, expect, with_column
from boathouse.time_zone import TimeZone

Format = Annotated[str, AfterValidator(lambda text: DatePattern.parse(text).text)]

SPARK_FROM = 2000  # the first year that Spark's yy means


class ParseDates(Step):
    """Read text as dates or timestamps, by the first of the formats that matches the whole of it; otherwise null.

    Formats are in Databricks' letters: yyyy yy M MM MMM MMMM d dd H HH h hh mm ss a. One letter takes one or two
    digits, two letters take two, and names of months are English in any case.
    """

    row_by_row: ClassVar[bool] = True

    step: Literal["parse_dates"] = "parse_dates"
    column: ColumnName = Field(description="the text column")
    formats: list[Format] = Field(
        min_length=1,
        description="what to try, in this order; dd/MM/yyyy before MM/dd/yyyy reads 01/02/2024 as February",
    )
    to: Literal["date", "timestamp"] = Field(
        default="date", description="the type to make; a timestamp is an instant in UTC"
    )
    # 1900 would be no leap year, and so not just a century before 2000.
    two_digit_years_from: int = Field(
        default=2000,
        ge=1901,
        le=2000,
        description="the first of the 100 years that yy means; by 1950, 50 is 1950 and 49 is 2049",
    )

    time_zone: TimeZone = Field(
        default="UTC", description="to a timestamp: where the times were written, such as Europe/Berlin"
    )

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if self.time_zone != "UTC" and self.to == "date":
            raise ValueError("`time_zone` is for timestamps: a date is the same everywhere")
        return self

    def title(self) -> str:
        return f"Parse dates: {self.column} ({', '.join(self.formats)})"

    def sql(self, table: Relation) -> str:
        x = table.column(self.column)
        tries = [self._sql(table, x, DatePattern.parse(text)) for text in self.formats]
        read = f"CAST(coalesce({', '.join([*tries, 'NULL'])}) AS {table.type(self.to)})"
        return table.select({self.column: read if self.time_zone == "UTC" else table.instant(read, self.time_zone)})

    def _sql(self, table: Relation, x: str, pattern: DatePattern) -> str:
        read = table.either(
            duckdb=f"try_strptime({x}, {table.text(pattern.strptime)})",
            databricks=f"try_to_timestamp({x}, {table.text(pattern.text)})",
        )
        if pattern.has_short_year:
            # DuckDB's two digits mean 1969 to 2068, and Spark's 2000 to 2099: both are moved.
            first, century = self.two_digit_years_from, "INTERVAL '100' YEAR"
            late, early = f"year({read}) >= {first + 100}", f"year({read}) < {first}"
            read = f"CASE WHEN {late} THEN {read} - {century} WHEN {early} THEN {read} + {century} ELSE {read} END"
        return f"CASE WHEN {table.matches(x, pattern.regex)} THEN {read} END"

    def pyspark(self, table: Relation) -> str:
        del table
        patterns = [DatePattern.parse(text) for text in self.formats]
        moved = [pattern for pattern in patterns if pattern.has_short_year and self.two_digit_years_from != SPARK_FROM]
        short = {pattern: f"short{f'_{at}' if at else ''}" for at, pattern in enumerate(moved)}
        tries = [self._pyspark(pattern, short.get(pattern, "")) for pattern in patterns]
        lines = [f"text = {python_column(self.column)}"]
        lines += [
            f"{name} = {_parsed(pattern)}  # yy is {SPARK_FROM} to {SPARK_FROM + 99}" for pattern, name in short.items()
        ]
        lines.append(f"moment = {tries[0]}" if len(tries) == 1 else call("moment = F.coalesce", tries))
        value = "moment" if self.to == "timestamp" else 'moment.cast("date")'
        if self.time_zone != "UTC":
            value = f"F.to_utc_timestamp(moment, {python_text(self.time_zone)})"
        return "\n".join([*lines, with_column(self.column, value)])

    def _pyspark(self, pattern: DatePattern, short: str) -> str:
        read = _parsed(pattern)
        if short:
            earlier = (
                f'F.when(F.year({short}) >= {self.two_digit_years_from + 100}, {short} - F.expr("INTERVAL 100 YEARS"))'
            )
            read = f"{earlier}.otherwise({short})"
        return call("F.when", [f"text.rlike({python_pattern(pattern.regex)})", read], start=len("moment = "))

    def after(self, table: Relation) -> Schema:
        expect(table, self.column, lambda kind: kind == "string", "text")
        return table.schema.put(self.column, self.to)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        def example(why: str, pairs: dict[Any, Any], kind: str = "date", **fields: object) -> Example:
            step = cls.model_validate({"column": "x", "to": kind, **fields})
            return Example(why, step, given={"x": list(pairs)}, then={f"x {kind}": list(pairs.values())})

        day, at = date(2024, 1, 5), datetime(2024, 1, 5, 15, 4, 5, tzinfo=UTC)
        yield example(
            "a day that does not exist is null, and so is text that only begins like a date",
            {"2017-02-28": date(2017, 2, 28), "2016-02-29": date(2016, 2, 29), "2017-02-30": None, "2017-02-29": None, "2017-2-1": None, None: None}
            | dict.fromkeys(["2017-02-01 ", "2017-02-01\n", "2017-13-01", "0000-01-01", "٢017-02-01", ""]),
            formats=["yyyy-MM-dd"],
        )  # fmt: skip
        yield example(
            "one letter takes one or two digits, and never more",
            {"1/5/2024": day, "01/05/2024": day, "001/5/2024": None, "1/0005/2024": None, "1/5/24": None, "13/5/2024": None, "1-5-2024": None},
            formats=["M/d/yyyy"],
        )  # fmt: skip
        yield example(
            "the first format that fits wins, and one that matches but names no day leaves it to the next",
            {"01/02/2024": date(2024, 2, 1), "31/01/2024": date(2024, 1, 31), "01/31/2024": date(2024, 1, 31), "29.02.2023": None}
            | {"20240105": day, "5 January 2024": day},
            formats=["dd/MM/yyyy", "MM/dd/yyyy", "d.M.yyyy", "yyyyMMdd", "d MMMM yyyy"],
        )  # fmt: skip
        yield example(
            "two digits are of this century, not of 1969 to 2068",
            {"05-Jan-24": day, "05-JAN-69": date(2069, 1, 5), "29-feb-00": date(2000, 2, 29), "05-Sept-24": None, "05-Jan-2024": None},
            formats=["dd-MMM-yy"],
        )  # fmt: skip
        yield example(
            "or of the hundred years that are asked for",
            {"1/5/49": date(2049, 1, 5), "1/5/50": date(1950, 1, 5), "2/29/96": date(1996, 2, 29), "2/29/00": date(2000, 2, 29), "2/29/99": None},
            formats=["M/d/yy"], two_digit_years_from=1950,
        )  # fmt: skip
        yield example(
            "12 AM is midnight, and hours go to 23",
            dict[str, Any]({"2024-01-05T15:04:05": at, "1/5/2024 3:04 pm": at.replace(second=0), "1/5/2024 12:04 AM": at.replace(hour=0, second=0)})
            | {"1/5/2024 12:04 PM": at.replace(hour=12, second=0)}
            | dict.fromkeys(["1/5/2024 13:04 PM", "2024-01-05T24:00:00", "2024-01-05T15:04:60"]),
            "timestamp", formats=["yyyy-MM-dd'T'HH:mm:ss", "M/d/yyyy h:mm a"],
        )  # fmt: skip
        yield example(
            "the time of day is left out of a date",
            {"2024-01-05 23:59:59": day, "2024-01-05 00:00:00": day},
            formats=["yyyy-MM-dd HH:mm:ss"],
        )
        yield example(
            "a century is moved with its time, and marks are only marks",
            {"50|12|31 (23:59)": datetime(1950, 12, 31, 23, 59, tzinfo=UTC), "49.12.31 (23:59)": None},
            "timestamp", formats=["yy|MM|dd (HH:mm)"], two_digit_years_from=1950,
        )  # fmt: skip
        yield example(
            "a time in a zone: the first of two where its clocks go back, half an hour later where they skip it",
            {"07.04.2024 01:45": datetime(2024, 4, 6, 14, 45, tzinfo=UTC), "06.10.2024 02:15": datetime(2024, 10, 5, 15, 45, tzinfo=UTC)}
            | {"05.01.2024 00:00": datetime(2024, 1, 4, 13, tzinfo=UTC), "5.1.2024": None},
            "timestamp", formats=["dd.MM.yyyy HH:mm"], time_zone="Australia/Lord_Howe",
        )  # fmt: skip


def _parsed(pattern: DatePattern) -> str:
    return f"F.try_to_timestamp(text, F.lit({python_text(pattern.text)}))"
