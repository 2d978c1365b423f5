"""Check: what a contract asks of a table's rows: a call such as unique(id), or any predicate in Databricks SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlglot import exp

from boathouse.dialect.parse import parsed_expression
from boathouse.errors import UserError
from boathouse.known import Known
from boathouse.names import IDENTIFIER
from boathouse.promise import OBJECT, Promise
from boathouse.quoting import sql_name, sql_text
from boathouse.relation import Before, Relation
from boathouse.shelf import Shelf

CHECKS = Shelf("checks", "check")

CALL = re.compile(r"\s*([A-Za-z_]+)\s*\(")
# Some of our words are SQL's own (UNIQUE, BETWEEN, REFERENCES), so the parser is shown the call under another name.
PREFIX = "check_"
NAMES = ("by", "column", "columns", "to", "table")  # fields that are written as names; all other text is a literal
BOUNDS: Mapping[type[exp.Expr], str] = {exp.GTE: ">=", exp.GT: ">", exp.LTE: "<=", exp.LT: "<", exp.EQ: "="}


@dataclass(frozen=True)
class CheckExample:
    """Given these rows, the check breaks at those (counted from 0); or, of all rows together, it holds or not."""

    why: str
    written: str
    given: dict[str, list[Any]]
    breaks: tuple[int, ...] = ()
    holds: bool | None = None  # where only all rows together can tell
    others: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    before: Before = field(default_factory=Before)


class Check(BaseModel):
    """What every check has: its word, what holds of a right row, and of all rows together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_row: ClassVar[bool] = True  # whether it can tell which rows are wrong, so that these can be dropped
    alone: ClassVar[bool] = True  # whether a row tells by itself, without the table's other rows

    asks_before: ClassVar[bool] = False  # whether it asks what the table was like before
    asks_time: ClassVar[bool] = False  # whether the same rows may break it later

    check: str

    def row(self, table: Relation) -> str:
        """Write what holds of a right row, in the table's dialect; where it is NULL, nothing is known to be wrong."""
        raise NotImplementedError

    def broken(self, table: Relation) -> str:
        """Write the aggregate that is shown: how many rows are wrong."""
        return f"count(CASE WHEN NOT ({self.row(table)}\n) THEN 1 END)"

    def right(self, found: str, table: Relation) -> str:
        """Write what holds of the aggregate that is shown, where all rows together are right."""
        del table
        return f"{found} = 0"

    def holds(self, table: Relation) -> str:
        """Write the aggregate that is true where all rows together are right."""
        return self.right(self.broken(table), table)

    def reads(self) -> tuple[str, ...]:
        """Name the other tables that are read, such as gold.dim_user."""
        return ()

    def expressions(self) -> tuple[str, ...]:
        """Give the Databricks SQL that the user wrote in it."""
        return ()

    def refuse(self, table: Relation) -> None:
        """Raise what is wrong with the check on these columns, before any row is read."""
        self.holds(table)

    def promise(self, table: Relation) -> Promise | None:
        """Say it in the words of the open data contract standard; by default as a query, None where nobody else can ask it."""
        if self.asks_before:
            return None
        if not self.alone:
            return Promise("sql", {"query": f"SELECT {self.holds(table)} FROM {OBJECT}", "mustBe": True})
        row = self.row(table)
        wrong = f"NOT ({row}\n)" if "--" in row else f"NOT ({row})"
        return Promise("sql", {"query": f"SELECT count(*) FROM {OBJECT} WHERE {wrong}", "mustBe": 0})

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        """Read what an open data contract says, where this check asks just that."""
        del promise
        return None

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest checks that hold on the rows that are known."""
        del known
        return iter(())

    @property
    def written(self) -> str:
        """Write it as a table's file has it: unique(id)."""
        plain = _call(self, quoted=False)
        try:
            return plain if parse(plain) == self else _call(self, quoted=True)
        except UserError:  # a column that is called as one of SQL's own words
            return _call(self, quoted=True)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        """Give examples that separate right from nearly right."""
        raise NotImplementedError


def of(promise: Promise) -> Check | None:
    """Find the check that asks what an open data contract says."""
    for name in CHECKS.names():
        try:
            made: Check | None = CHECKS.member(name).promised(promise)
        except ValidationError:  # a date where a number is wanted, say
            continue
        if made is not None:
            return made
    return None


def parse(written: str) -> Check:
    """Read `unique(id)`, `row_count() >= 1000` or any predicate; a call's arguments are the fields of its check, in order."""
    call = CALL.match(written)
    name = call[1].lower() if call else ""
    if call is None or name not in CHECKS.names() or name == "predicate":
        return _made("predicate", {"sql": written})
    tree = parsed_expression(f"{written[: call.start(1)]}{PREFIX}{written[call.start(1) :]}")
    operator = BOUNDS.get(type(tree), "")
    found, bound = (tree.this, tree.expression) if operator else (tree, None)
    if not isinstance(found, exp.Anonymous) or found.name.lower() != PREFIX + name:
        return _made("predicate", {"sql": written})
    fields = _arguments(name, found.expressions)
    if bound is not None:
        fields |= {"operator": operator, "bound": _value(bound)}
    return _made(name, fields)


def _made(name: str, fields: dict[str, Any]) -> Check:
    try:
        made: Check = CHECKS.member(name).model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        wanted = ", ".join(key for key in CHECKS.member(name).model_fields if key != "check")
        raise UserError(
            f"`{name}` cannot be read: {where}: {first['msg'].removeprefix('Value error, ')}",
            hint=f"it wants {wanted}" if wanted else "",
        ) from None
    return made


def _arguments(name: str, given: list[exp.Expr]) -> dict[str, Any]:
    """Put arguments into the fields in their order; a field that is a tuple takes all that are left."""
    fields = [(key, info) for key, info in CHECKS.member(name).model_fields.items() if key != "check"]
    named = {
        argument.this.name.lower(): _value(argument.expression) for argument in given if isinstance(argument, exp.Kwarg)
    }
    rest = [_value(argument) for argument in given if not isinstance(argument, exp.Kwarg)]
    made: dict[str, Any] = {}
    for key, info in fields:
        if key in named or not rest or key in ("operator", "bound"):
            continue
        if get_origin(info.annotation) is tuple:
            made[key], rest = rest, []
        else:
            made[key] = rest.pop(0)
    if rest:
        raise UserError(
            f"`{name}` has no place for {rest[0]!r}", hint=f"it wants {', '.join(key for key, _ in fields)}"
        )
    return made | named


def _value(node: exp.Expr) -> Any:
    """Read an argument: a column or table as its name, a literal as its value."""
    if isinstance(node, exp.Column):
        return ".".join(part.name for part in node.parts)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return -_value(node.this)
    if isinstance(node, exp.Literal):
        return node.this if node.is_string else _number(node.this)
    if isinstance(node, exp.Boolean):
        return node.this
    raise UserError("an argument of a check is a column, a table, a number or a text", hint="write a predicate instead")


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _call(check: Check, *, quoted: bool) -> str:
    arguments: list[str] = []
    in_order = True  # until a field is left out, or took all that was left
    for key, info in type(check).model_fields.items():
        value = getattr(check, key)
        if key in ("check", "operator", "bound"):
            continue
        if not info.is_required() and value == info.default:
            in_order = False
            continue
        items = value if isinstance(value, tuple) else (value,)
        said = [_name(item, quoted=quoted) if key in NAMES else _literal(item) for item in items]
        arguments += said if in_order or isinstance(value, tuple) else [f"{key} => {one}" for one in said]
        in_order = in_order and not isinstance(value, tuple)
    bound = f" {getattr(check, 'operator', '')} {getattr(check, 'bound', '')}".rstrip()
    return f"{check.check}({', '.join(arguments)}){bound}"


def _name(name: str, *, quoted: bool) -> str:
    parts = name.split(".")
    if all(IDENTIFIER.fullmatch(part) for part in parts):
        return ".".join(sql_name(part, "databricks") if quoted else part for part in parts)
    return sql_name(name, "databricks")


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return sql_text(value, "databricks")
    return str(value).lower() if isinstance(value, bool) else repr(value)
