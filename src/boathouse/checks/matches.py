"""Every text matches a pattern, from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.dialect.functions.text import pattern
from boathouse.errors import StepError
from boathouse.relation import Relation


class Matches(Check):
    """Every text matches a pattern, from its start to its end."""

    check: Literal["matches"] = "matches"
    column: str = Field(min_length=1, description="the column")
    pattern: str = Field(min_length=1, description="a regular expression that both RE2 and Java know")

    def row(self, table: Relation) -> str:
        # \z and not $, which Java also finds before a last line break.
        return table.matches(table.column(self.column), rf"^(?:{self.pattern})\z")

    def refuse(self, table: Relation) -> None:
        super().refuse(table)
        pattern(self.pattern, "matches")
        kind = table.schema[self.column].type
        if kind != "string":
            raise StepError(f"`{self.column}` is {kind}, and text is wanted", hint="use between or a predicate")

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "the whole text, and no line break after it",
            "matches(code, '[A-Z]{2}[0-9]+')",
            {"code": ["CC1", "CC", "xCC1", "CC1\n", None]},
            breaks=(1, 2, 3),
        )
        yield CheckExample("either side of a bar", "matches(x, 'a|b')", {"x": ["a", "b", "ab"]}, breaks=(2,))
