"""SQL tokens: a text cut into names, words, literals and signs, as each of the two dialects reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from boathouse.quoting import Dialect

Kind = Literal["name", "word", "text", "number", "sign", "table", "part"]  # a part: what two dialects say differently

# Where a table's name belongs, which the project that is written says in its own way; private-use characters.
TABLE_START, TABLE_END = "\ue000", "\ue001"

SHARED = rf"""
    (?P<table>{TABLE_START}[^{TABLE_END}]*{TABLE_END})
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[A-Za-z]{{0,2}}\b)
  | (?P<word>[^\W\d]\w*)
  | (?P<sign><=>|->|=>|::|\|\||<>|!=|>=|<=|==|>>|<<|//|.)
"""
PATTERNS: dict[Dialect, re.Pattern[str]] = {
    "databricks": re.compile(
        r"""(?P<name>`(?:[^`]|``)*`) | (?P<raw>[rRxX](?:'[^']*'|"[^"]*"))"""
        r"""| (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") |""" + SHARED,
        re.VERBOSE | re.DOTALL,
    ),
    "duckdb": re.compile(
        r"""(?P<name>"(?:[^"]|"")*") | (?P<raw>[xX]'[^']*') | (?P<text>'(?:[^']|'')*') |""" + SHARED,
        re.VERBOSE | re.DOTALL,
    ),
}
BETWEEN = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
# Words that both engines read alike, so that one of them serves both.
ALIKE = {"varchar": "string", "integer": "int", "blob": "binary", "timestamptz": "timestamp", "!=": "<>", "==": "="}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Token:
    """One token: what it says, whoever spells it, and the blanks and comments before it."""

    kind: Kind
    text: str
    value: str
    before: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Say what it means: a name in quotes is that name, and letters of words and names count without case."""
        if self.kind in ("name", "word"):
            value = self.value.casefold()
            return "name", ALIKE.get(value, value) if self.kind == "word" else value
        return self.kind, ALIKE.get(self.value, self.value.lower() if self.kind == "number" else self.value)

    def says(self, *words: str) -> bool:
        return self.kind in ("word", "sign") and self.text.upper() in words


def tokens_of(sql: str, dialect: Dialect) -> list[Token]:
    """Cut a text; comments stay with the token that they stand before, and those at its end are left out."""
    found: list[Token] = []
    at = 0
    while True:
        between = BETWEEN.match(sql, at)
        assert between is not None  # noqa: S101 - it matches nothing, too
        at = between.end()
        match = PATTERNS[dialect].match(sql, at)
        if match is None:
            return found
        found.append(_token(match, dialect, between[0]))
        at = match.end()


def _token(match: re.Match[str], dialect: Dialect, before: str) -> Token:
    text = match[0]
    match match.lastgroup:
        case "name":
            return Token("name", text, text[1:-1].replace(text[0] * 2, text[0]), before)
        case "text":
            return Token("text", text, _value(text, dialect), before)
        case "table":
            return Token("table", text, text[1:-1], before)
        case "word":
            return Token("word", text, text, before)
        case "number":
            return Token("number", text, text, before)
    return Token("sign", text, text, before)  # a literal of bytes as well, which no two dialects spell alike


def _value(text: str, dialect: Dialect) -> str:
    """Read a literal; one with an escape that only its engine can read stands for itself."""
    inside = text[1:-1]
    if dialect == "duckdb":
        return inside.replace("''", "'")
    escapes = set(re.findall(r"\\(.)", inside, re.DOTALL))
    if not escapes <= {*ESCAPES, "\\", "'", '"'}:
        return text
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), inside, flags=re.DOTALL)
