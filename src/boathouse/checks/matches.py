"""Every text matches a pattern, from its start to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.dialect.functions.text import pattern
from boathouse.errors import StepError
from boathouse.known import Known
from boathouse.promise import Promise
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

    def promise(self, table: Relation) -> Promise | None:
        del table
        says = {"metric": "invalidValues", "arguments": {"pattern": f"^(?:{self.pattern})$"}, "mustBe": 0}
        return Promise("metric", says, self.column)

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        given = promise.says if promise.kind == "option" else {}
        if promise.metric == "invalidValues" and promise.allows_none:
            given = promise.arguments
        if set(given) != {"pattern"} or not isinstance(given["pattern"], str) or not promise.column:
            return None
        return cls(column=promise.column, pattern=_whole(given["pattern"]))

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest the one form that all values of a code have."""
        yield from (cls(column=column.name, pattern=column.shape) for column in known.sure if column.shape)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "the whole text, and no line break after it",
            "matches(code, '[A-Z]{2}[0-9]+')",
            {"code": ["CC1", "CC", "xCC1", "CC1\n", None]},
            breaks=(1, 2, 3),
        )
        yield CheckExample("either side of a bar", "matches(x, 'a|b')", {"x": ["a", "b", "ab"]}, breaks=(2,))


def _whole(pattern: str) -> str:
    """Make a pattern that may be found anywhere, as the standard's are, one of the whole text."""
    found = re.fullmatch(r"\^\(\?:(.+)\)\$", pattern, re.DOTALL)
    if found and _parses(found[1]):
        return found[1]
    inner = re.fullmatch(r"\^(.+)\$", pattern, re.DOTALL)
    if inner and "|" not in inner[1] and not inner[1].endswith("\\"):
        return inner[1]
    return f"(?s:.*)(?:{pattern})(?s:.*)"


def _parses(pattern: str) -> bool:
    """Tell `a)|(?:b`, which only looks as if one pair of brackets were around all, from a pattern."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
