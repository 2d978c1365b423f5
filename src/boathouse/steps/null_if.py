"""Turn placeholders into nulls."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, StrictStr

from boathouse.blanks import PYSPARK_BLANK_ENDS
from boathouse.errors import StepError
from boathouse.quoting import python_column, python_literal, python_text
from boathouse.relation import Relation
from boathouse.schema import DECIMAL, Schema, is_integer, is_number
from boathouse.step import Columns, Example, Step, call, listed, with_columns

BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
LOWERED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
Placeholder = Annotated[
    StrictInt | StrictFloat | StrictStr,
    BeforeValidator(
        lambda value: value.isoformat() if isinstance(value, date) else value
    ),  # YAML reads dates by itself
]


class NullIf(Step):
    """Turn placeholders such as `?`, `N/A` or -999 into nulls.

    A column takes the values that its type can hold: text takes all (-999 as '-999'), a number the numbers, a date the
    dates. One list so serves columns of several types.
    """

    row_by_row: ClassVar[bool] = True

    step: Literal["null_if"] = "null_if"
    columns: Columns = Field(description="the columns to look at: text, numbers or dates")
    values: list[Placeholder] = Field(min_length=1, description="the placeholders")
    exact: bool = Field(
        default=False,
        description="compare text as it is; otherwise without white space at its ends and with a-z as A-Z",
    )

    def title(self) -> str:
        return f"Placeholders to null: {listed(self.columns)} ({listed(map(repr, self.values), 'values')})"

    def sql(self, table: Relation) -> str:
        return table.select({name: self._sql(table, name, table.schema[name].type) for name in self.columns})

    def _sql(self, table: Relation, name: str, kind: str) -> str:
        x = key = table.column(name)
        values = [table.literal(value) for value in self._values(kind)]
        if kind != "string":
            values = [f"CAST({value} AS {table.type(kind)})" for value in values]
        elif not self.exact:
            key = self._lowered(table, table.trimmed(x))
        return f"CASE WHEN {key} IN ({', '.join(values)}) THEN NULL ELSE {x} END"

    def pyspark(self, table: Relation) -> str:
        kinds = {name: table.schema[name].type for name in self.columns}
        nulled = with_columns({name: self._pyspark(name, kind) for name, kind in kinds.items()})
        return f"{PYSPARK_BLANK_ENDS}\n{nulled}" if "string" in kinds.values() and not self.exact else nulled

    def _pyspark(self, name: str, kind: str) -> str:
        x = key = python_column(name)
        values = [_python_value(value, kind) for value in self._values(kind)]
        if kind == "string" and not self.exact:
            key = self._pyspark_lowered(f'F.regexp_replace({x}, blank_ends, "")')
        broken = "\n" in key
        another = f"{key}\n!= {values[0]}" if broken else f"{key} != {values[0]}"
        if len(values) > 1:
            another = f"~{key}.isin({', '.join(values)})" if broken else f"~{call(f'{key}.isin', values, start=16)}"
        before = 8 + len(f"{python_text(name)}: ,") if len(self.columns) > 1 else 4
        return call("F.when", [another, x], start=before)

    def _pyspark_lowered(self, x: str) -> str:
        if not self._has_letters():
            return x
        letters = [f'"{letters}"' for letters in (string.ascii_uppercase, string.ascii_lowercase)]
        return f"F.lower({x})" if self._is_ascii() else call("F.translate", [x, *letters], start=16)

    def _lowered(self, table: Relation, x: str) -> str:
        """Lower a-z; where all placeholders are ASCII Spark may say lower(), which makes ASCII of one letter more."""
        if not self._has_letters():
            return x
        if not self._is_ascii():
            return table.translate(x, string.ascii_uppercase, string.ascii_lowercase)
        kelvin = "\u212a"
        return table.either(
            duckdb=table.translate(x, string.ascii_uppercase + kelvin, string.ascii_lowercase + "k"),
            databricks=f"lower({x})",
        )

    def _has_letters(self) -> bool:
        return any(character.isalpha() for value in self._values("string") for character in str(value))

    def _is_ascii(self) -> bool:
        return all(str(value).isascii() for value in self._values("string"))

    def _values(self, kind: str) -> list[str | int | float]:
        """Give the placeholders that a column of this type can hold, as SQL and Python write them."""
        if kind == "string":
            texts = [str(value) for value in self.values]
            return list(texts if self.exact else (text.strip().translate(LOWERED) for text in texts))
        if kind == "date":
            return [value for value in self.values if isinstance(value, str) and _is_date(value)]
        return [_as_number(value, kind) for value in self.values if not isinstance(value, str) and _holds(kind, value)]

    def after(self, table: Relation) -> Schema:
        for name in self.columns:
            kind = table.schema[name].type
            if kind not in ("string", "date") and not is_number(kind):
                raise StepError(f"`{name}` is {kind}, and text, a number or a date is wanted", hint="cast it first")
            if not self._values(kind):
                raise StepError(
                    f"`{name}` is {kind}, and holds none of {self.values}",
                    hint="leave the column out, or cast it first",
                )
        return table.schema

    @classmethod
    def examples(cls) -> Iterator[Example]:
        values = ["?", "N/A", -999, "", "Ünknown"]
        yield Example(
            "text is compared without blanks at its ends and without case, of a-z",
            cls(columns=["x"], values=values),
            given={"x": [" ? ", "n/a\xa0", "-999", "\t", "-999.0", "n / a", "ünknown", "Ünknown", "OK", None]},
            then={"x": [None, None, None, None, "-999.0", "n / a", "ünknown", None, "OK", None]},
        )
        yield Example(
            "text is compared as it is where asked for",
            cls(columns=["x"], values=["N/A", "it's"], exact=True),
            given={"x": ["N/A", "n/a", " N/A", "it's"]},
            then={"x": [None, "n/a", " N/A", None]},
        )
        yield Example(
            "a number takes the numbers that it can be: 0.1 is no integer, and 300 no tinyint",
            cls(columns=["i", "d", "c"], values=["?", -999, -99, 300, 0.1, -1.005]),
            given={
                "i tinyint": [0, -99, None],
                "d": [0.1, -999.0, float("nan")],
                "c decimal(5,2)": [Decimal("0.10"), Decimal("-999.00"), Decimal("-1.01")],
            },
            then={
                "i tinyint": [0, None, None],
                "d": [None, None, float("nan")],
                "c decimal(5,2)": [None, None, Decimal("-1.01")],
            },
        )
        yield Example(
            "a date takes dates",
            cls(columns=["day"], values=["1900-01-01", "?"]),
            given={"day": [date(1900, 1, 1), date(1900, 1, 2), None]},
            then={"day": [None, date(1900, 1, 2), None]},
        )


def _holds(kind: str, value: float) -> bool:
    """Tell whether the number is one of the type exactly: 0.1 is no int, and 1.005 no decimal(5,2)."""
    number = Decimal(str(value))
    if kind in BITS:
        return number == number.to_integral_value() and -(2 ** (BITS[kind] - 1)) <= number < 2 ** (BITS[kind] - 1)
    if match := DECIMAL.fullmatch(kind):
        shifted = number.scaleb(int(match[2]))
        return shifted == shifted.to_integral_value() and abs(shifted) < 10 ** int(match[1])
    return True


def _as_number(value: float | str, kind: str) -> int | float | str:
    if is_integer(kind):
        return int(value)
    return str(value) if DECIMAL.fullmatch(kind) else float(value)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _python_value(value: str | float, kind: str) -> str:
    plain = kind in ("string", "int", "bigint", "double")
    return python_literal(value) if plain else f"F.lit({python_literal(value)}).cast({python_text(kind)})"
