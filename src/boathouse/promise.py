"""Promise: one thing that an open data contract (ODCS 3.x) says of a table or a column, in the standard's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp

from boathouse.dialect.parse import parsed_query
from boathouse.errors import UserError

# metric, sql, custom: entries of `quality`; option: `logicalTypeOptions`; service: `slaProperties`; the rest are properties' keys.
Kind = Literal["metric", "sql", "option", "enum", "unique", "relationship", "service", "custom"]

OPERATORS = {
    "mustBe": "=", "mustNotBe": "<>", "mustBeGreaterThan": ">", "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<", "mustBeLessOrEqualTo": "<=", "mustBeBetween": "between", "mustNotBeBetween": "not between",
}  # fmt: skip
WORDS = {sign: word for word, sign in OPERATORS.items()}
OBJECT = "{object}"  # stands for the table in a query; the standard's older examples say {table}
COUNT = re.compile(
    r"\s*SELECT\s+COUNT\s*\(\s*(?:\*|1)\s*\)(?:\s+AS\s+\w+)?\s+FROM\s+(\S+?)(?:\s+WHERE\s+(.+?))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Promise:
    """What is said, of which column ("" for the whole table), and by which names its file calls the table."""

    kind: Kind
    says: Mapping[str, Any]
    column: str = ""
    type: str = ""  # of the column
    names: tuple[str, ...] = field(default=(), compare=False)

    @property
    def metric(self) -> str:
        """Name what is counted: nullValues, missingValues, invalidValues, duplicateValues or rowCount."""
        return str(self.says.get("metric", "")) if self.kind == "metric" else ""

    @property
    def arguments(self) -> Mapping[str, Any]:
        given = self.says.get("arguments")
        return given if isinstance(given, Mapping) else {}

    @property
    def in_percent(self) -> bool:
        return self.says.get("unit") == "percent"

    @property
    def bound(self) -> tuple[str, Any]:
        """Give the operator as SQL writes it, and what the number is compared with."""
        return next(((OPERATORS[word], self.says[word]) for word in OPERATORS if word in self.says), ("", None))

    @property
    def allows_none(self) -> bool:
        """Tell whether not a single row may be counted: mustBe 0, or less than one row."""
        sign, number = self.bound
        if isinstance(number, bool) or not isinstance(number, int | float):
            return False
        return (sign in ("=", "<=") and number == 0) or (sign == "<" and 0 < number <= 1 and not self.in_percent)

    @property
    def condition(self) -> str | None:
        """Give the WHERE of a query that does nothing but count rows of this table; "" where it counts all of them."""
        found = COUNT.fullmatch(str(self.says.get("query", ""))) if self.kind == "sql" else None
        if found is None or found[1].strip('`"').lower() not in (OBJECT, "{table}", *map(str.lower, self.names)):
            return None
        where = found[2] or ""
        for word in ("{property}", "{column}"):
            where = where.replace(word, f"`{self.column.replace('`', '``')}`") if self.column else where
        return where if not where or _is_whole(where) else None

    def parts(self) -> Iterator[Promise]:
        """Take apart what compares more than once, such as mustBeBetween.

        The standard calls it an element of [a, b], and elsewhere the same as greater than and less than; the interval
        is taken, which refuses no table that the other reading accepts.
        """
        bare = {key: value for key, value in self.says.items() if key not in OPERATORS}
        said: list[tuple[str, Any]] = []
        for word in OPERATORS:
            value = self.says.get(word)
            if word == "mustBeBetween" and isinstance(value, list) and len(value) == 2:  # noqa: PLR2004 - low and high
                said += [("mustBeGreaterOrEqualTo", value[0]), ("mustBeLessOrEqualTo", value[1])]
            elif word in self.says:
                said.append((word, value))
        if len(said) < 2:  # noqa: PLR2004 - nothing to take apart
            yield self
            return
        for word, value in said:
            yield replace(self, says={**bare, word: value})


def _is_whole(where: str) -> bool:
    """Tell whether the text is one condition, and no GROUP BY or UNION comes behind it."""
    try:
        tree = parsed_query(f"SELECT 1 FROM t WHERE {where}\n")
    except UserError:
        return False
    given = {name for name, value in tree.args.items() if value}
    return isinstance(tree, exp.Select) and given <= {"expressions", "from", "from_", "where", "kind"}


def percent_of(share: float) -> float:
    """Say 0.07 as 7.0, and not as 7.000000000000001."""
    return float(Decimal(repr(share)) * 100)


def share_of(percent: float) -> float:
    return float(Decimal(repr(percent)) / 100)
