"""SQL words: what the two dialects say differently in many places, as macros with a name of their own.

Each is made of the text that relation.py writes, so nothing is written twice: a difference that has the form of a word in
both dialects, around the same arguments, is written as a call of its macro.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from boathouse.dbt import jinja_text
from boathouse.errors import UserError
from boathouse.quoting import Dialect
from boathouse.relation import Relation
from boathouse.schema import Schema, type_name
from boathouse.sql_pair.tokens import TABLE_END, TABLE_START, Token, tokens_of
from boathouse.sql_pair.tree import on_one_line

HOLES = {"\ue010": "text", "\ue011": "pattern", "\ue012": "by"}  # where arguments go; private-use characters
TEXT, PATTERN, BY = HOLES
CAST = "text_to_"
FUNCTIONS = ("TRY_CAST", "REGEXP_REPLACE")  # that words of Databricks are calls of
DIALECTS: tuple[Dialect, Dialect] = ("databricks", "duckdb")
Bound = dict[str, list[Token]]


@dataclass(frozen=True)
class Word:
    """One macro: its name, and what it says in a dialect around holes for its arguments."""

    name: str
    form: Callable[[Relation], str]

    def text(self, dialect: Dialect) -> str:
        return self.form(Relation("", Schema(), dialect))

    @property
    def arguments(self) -> list[str]:
        return [name for hole, name in HOLES.items() if hole in self.text("databricks")]

    @property
    def macro(self) -> str:
        """Write its definition."""
        said = ",\n        ".join(f"{dialect}={_parts(self.text(dialect))}" for dialect in DIALECTS)
        arguments = ", ".join(self.arguments)
        return f"{{% macro {self.name}({arguments}) -%}}\n    {{{{ dialect(\n        {said}\n    ) }}}}\n{{%- endmacro %}}\n"


@cache
def word(name: str) -> Word:
    """Give a word by its macro's name, such as text_to_decimal_10_2."""
    if name == "matches":
        return Word(name, lambda t: t.matches(TEXT, PATTERN))
    if name == "trimmed":
        return Word(name, lambda t: t.trimmed(TEXT))
    if name == "replace_all":
        return Word(name, lambda t: t.replace_all(TEXT, PATTERN, BY))
    kind, *numbers = name.removeprefix(CAST).split("_")
    target = f"{kind}({','.join(numbers)})" if numbers else kind
    return Word(name, lambda t: t.cast(TEXT, "string", target))


def call(databricks: Sequence[Token], duckdb: Sequence[Token]) -> str:
    """Write a difference as the call of a macro, or nothing where it has no such form."""
    for name in _likely(databricks):
        bound = [_match(_template(name, d), side) for d, side in zip(DIALECTS, (databricks, duckdb), strict=True)]
        if bound[0] is None or bound[1] is None:
            continue
        arguments = [_argument(hole, bound[0][hole], bound[1][hole]) for hole in bound[0]]
        if all(arguments):
            return f"{name}({', '.join(arguments)})"
    return ""


def _likely(tokens: Sequence[Token]) -> list[str]:
    """Name the words that may be meant, by what is cheap to see."""
    if tokens[0].says("REGEXP_REPLACE"):
        return ["trimmed", "replace_all"]
    if tokens[0].says("CASE"):
        return [f"{CAST}timestamp"]
    if not tokens[0].says("TRY_CAST"):
        return ["matches"] if any(token.says("RLIKE") for token in tokens) else []
    at = max(at for at, token in enumerate(tokens) if token.says("AS", "TRY_CAST"))
    try:
        kind = type_name("".join(token.text for token in tokens[at + 1 : -1]))
    except UserError:
        return []
    return [] if "<" in kind or kind == "string" else [CAST + kind.rstrip(")").replace("(", "_").replace(",", "_")]


@cache
def _template(name: str, dialect: Dialect) -> list[Token]:
    return tokens_of(word(name).text(dialect), dialect)


def _match(template: Sequence[Token], tokens: Sequence[Token]) -> Bound | None:
    """Find what stands in the holes of a template, the same wherever a hole is there twice."""
    bound: Bound = {}
    at = 0
    for place, token in enumerate(template):
        if token.value not in HOLES:
            if at >= len(tokens) or tokens[at].key != token.key:
                return None
            at += 1
            continue
        known = bound.get(token.value)
        size = len(known) if known else 1 if token.kind == "text" else _size(tokens[at:], template[place + 1 :])
        found = list(tokens[at : at + size])
        if (
            not found
            or (known and [t.key for t in known] != [t.key for t in found])
            or (token.kind == "text" and found[0].kind != "text")
        ):
            return None
        bound[token.value] = found
        at += size
    return bound if at == len(tokens) else None


def _size(tokens: Sequence[Token], rest: Sequence[Token]) -> int:
    """Count the tokens of an argument: up to the token that comes next in the template, outside of brackets."""
    depth = 0
    for at, token in enumerate(tokens):
        if depth == 0 and rest and token.key == rest[0].key:
            return at
        depth += (token.text in "([{") - (token.text in ")]}")
    return len(tokens)


def _argument(hole: str, databricks: list[Token], duckdb: list[Token]) -> str:
    """Write an argument: a text, or SQL that both dialects read, or another call."""
    if hole != TEXT:
        return jinja_text.string(databricks[0].value)
    if [token.key for token in databricks] != [token.key for token in duckdb]:
        return call(databricks, duckdb)
    # Of words that mean the same, DuckDB knows those of Databricks as well, but for an instant.
    spelled = [jinja_text.shared(token) for token in databricks]
    if not all(spelled) or any(token.says("TIMESTAMPTZ") for token in duckdb):
        return ""
    tokens = (replace(token, text=text) for token, text in zip(databricks, spelled, strict=True))
    return jinja_text.string(on_one_line(tokens).strip())


def _parts(text: str) -> str:
    """Write a form as an expression, in which the holes are the macro's arguments."""
    marked = text
    for hole, name in HOLES.items():
        said = name if hole == TEXT else f"quoted_text({name})"
        marked = marked.replace(f"'{hole}'" if hole != TEXT else hole, f"{TABLE_START}{said}{TABLE_END}")
    return jinja_text.expression(marked)
