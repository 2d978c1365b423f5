"""Write text in one case and with single blanks."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from boathouse.blanks import BLANK, PYSPARK_BLANKS
from boathouse.quoting import python_column, python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Columns, Example, Step, expect, listed, with_columns

# Alone these two are written differently by the engines' lower(): Spark makes İ two characters, and Σ at a word's end ς.
ODD, PLAIN = "İΣ", "iσ"  # noqa: RUF001


class NormalizeText(Step):
    """Write text in one case and with single blanks.

    `lower` lowers every letter; the Greek Σ becomes σ everywhere. `upper` raises a-z alone: capitals of ß, ŉ, ﬁ and a
    hundred others are two letters on Spark and one or none on DuckDB.
    """  # noqa: RUF002

    row_by_row: ClassVar[bool] = True

    step: Literal["normalize_text"] = "normalize_text"
    columns: Columns = Field(description="the text columns to normalize")
    case: Literal["lower", "upper", "keep"] = Field(default="keep", description="lower: every letter; upper: a-z only")
    collapse_blanks: bool = Field(default=True, description="write one blank for white space inside, none at the ends")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.case == "keep" and not self.collapse_blanks:
            raise ValueError("`case: keep` without `collapse_blanks` changes nothing")
        return self

    def title(self) -> str:
        how = {"lower": ["lower case"], "upper": ["upper case"], "keep": []}[self.case] + [
            "single blanks"
        ] * self.collapse_blanks
        return f"Normalize text: {listed(self.columns)} ({', '.join(how)})"

    def sql(self, table: Relation) -> str:
        return table.select({name: self._sql(table, table.column(name)) for name in self.columns})

    def _sql(self, table: Relation, x: str) -> str:
        if self.collapse_blanks:
            x = table.trimmed(table.replace_all(x, f"{BLANK}+", " "))
        if self.case == "lower":
            return f"lower({table.translate(x, ODD, PLAIN)})"
        return table.translate(x, string.ascii_lowercase, string.ascii_uppercase) if self.case == "upper" else x

    def pyspark(self, table: Relation) -> str:
        del table
        normalized = with_columns({name: self._pyspark(python_column(name)) for name in self.columns})
        return f"{PYSPARK_BLANKS}\n{normalized}" if self.collapse_blanks else normalized

    def _pyspark(self, x: str) -> str:
        if self.collapse_blanks:
            x = f'F.trim(F.regexp_replace({x}, blanks, " "))'
        if self.case == "lower":
            return f"F.lower(F.translate({x}, {python_text(ODD)}, {python_text(PLAIN)}))"
        return (
            f'F.translate({x}, "{string.ascii_lowercase}", "{string.ascii_uppercase}")' if self.case == "upper" else x
        )

    def after(self, table: Relation) -> Schema:
        for name in self.columns:
            expect(table, name, lambda kind: kind == "string", "text")
        return table.schema

    @classmethod
    def examples(cls) -> Iterator[Example]:
        def example(why: str, step: NormalizeText, given: list[str | None], then: list[str | None]) -> Example:
            return Example(why, step, given={"x": given}, then={"x": then})

        yield example(
            "white space of any kind, any length becomes one blank",
            cls(columns=["x"]),
            [" New \t York\xa0 \n", "a\u2003b", "  ", "Go", None],
            ["New York", "a b", "", "Go", None],
        )
        yield example(
            "letters beyond ASCII are lowered too, İ and a last Σ as on both engines",
            cls(columns=["x"], case="lower"),
            ["NEW  York", "ÄÉÑ", "STRASSE ẞ", "İstanbul", "ΟΔΟΣ", "ЖУК"],
            ["new york", "äéñ", "strasse ß", "istanbul", "οδοσ", "жук"],
        )
        yield example(
            "upper raises a-z, since ß has no capital that both engines agree on",
            cls(columns=["x"], case="upper", collapse_blanks=False),
            ["straße é ", None],
            ["STRAßE é ", None],
        )
