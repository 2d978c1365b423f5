"""Inference: which type of Databricks SQL each part of a tree has, once its columns are resolved."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from boathouse.dialect.functions import FUNCTIONS
from boathouse.dialect.functions.call import NOT_WRITTEN, Call, Function
from boathouse.dialect.types import UNKNOWN, VOID, arithmetic, literal_type, wider, widest
from boathouse.errors import UserError
from boathouse.schema import is_decimal, type_name

TRUTHS = (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Between, exp.In, exp.Exists, exp.RegexpLike, exp.Escape, exp.NullSafeEQ, exp.NullSafeNEQ)  # fmt: skip
WRAPPERS = (
    exp.Paren,
    exp.Neg,
    exp.BitwiseNot,
    exp.Alias,
    exp.Window,
    exp.Filter,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.WithinGroup,
    exp.Distinct,
)
ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
DAY_UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
KEY = "boathouse_type"


def type_of(node: exp.Expr) -> str:
    """Say the type of a node, kept on it once it is known."""
    found = str(node.meta.get(KEY, UNKNOWN))
    if found == UNKNOWN:  # a column of an outer query is known later than what stands around it
        found = node.meta[KEY] = _type_of(node)
    return found


def _type_of(node: exp.Expr) -> str:
    if (
        isinstance(node, exp.Neg)
        and isinstance(node.this, exp.Literal)
        and node.this.name in ("2147483648", "9223372036854775808")
    ):
        return "int" if len(node.this.name) == 10 else "bigint"  # noqa: PLR2004 - the digits of 2^31
    if isinstance(node, WRAPPERS):
        return type_of(node.expressions[0] if isinstance(node, exp.Distinct) else node.this)
    if isinstance(node, TRUTHS):
        return "boolean"
    if isinstance(node, exp.Literal):
        return "string" if node.is_string else literal_type(node.name)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return data_type(node.to)
    if type(node) in ARITHMETIC:
        return _arithmetic(node)
    if isinstance(node, exp.Case):
        branches = [branch.args["true"] for branch in node.args["ifs"]] + [node.args["default"]] * bool(
            node.args.get("default")
        )
        return widest(type_of(branch) for branch in branches)
    if isinstance(node, exp.If):
        return widest(type_of(node.args[key]) for key in ("true", "false") if node.args.get(key))
    if isinstance(node, exp.Anonymous):
        return called_type(node)
    return _plain_type(node)


def _plain_type(node: exp.Expr) -> str:
    if isinstance(node, (exp.Concat, exp.DPipe)):
        first = type_of(node.expressions[0] if isinstance(node, exp.Concat) else node.this)
        return first if first.startswith("array<") else "string"
    if isinstance(node, exp.Bracket):
        kind = type_of(node.this)
        return (
            kind[6:-1]
            if kind.startswith("array<")
            else kind[4:-1].split(",", 1)[1].strip()
            if kind.startswith("map<")
            else UNKNOWN
        )
    if isinstance(node, exp.Subquery):
        inner = node.unnest()
        return type_of(inner.selects[0]) if isinstance(inner, exp.Query) and inner.selects else UNKNOWN
    if isinstance(node, (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)):
        return wider(type_of(node.this), type_of(node.expression))
    known: dict[type[exp.Expr], str] = {
        exp.Null: VOID, exp.Extract: "int", exp.IntDiv: "bigint", exp.Trim: "string", exp.Substring: "string",
        exp.StrPosition: "int", exp.RawString: "string", exp.CurrentDate: "date", exp.CurrentTimestamp: "timestamp",
        exp.Interval: "interval", exp.HexString: "binary", exp.Star: VOID,
    }  # fmt: skip
    return known.get(type(node), UNKNOWN)


def data_type(node: exp.DataType) -> str:
    """Read the type that a cast names."""
    try:
        text = node.sql("databricks").replace(", ", ",")
        return type_name(text if "struct" in text.lower() else text.lower())
    except UserError as error:
        raise UserError(error.message, hint=error.hint) from None


def operand(node: exp.Expr, other: str) -> str:
    """Type one side of an operation: a whole number written beside a decimal is as wide as its digits."""
    kind = type_of(node)
    inner = node.this if isinstance(node, exp.Neg) else node
    if is_decimal(other) and isinstance(inner, exp.Literal) and inner.is_int:
        return f"decimal({len(inner.name)},0)"
    return kind


def operands(node: exp.Expr) -> tuple[str, str]:
    left, right = type_of(node.this), type_of(node.expression)
    return operand(node.this, right), operand(node.expression, left)


def _arithmetic(node: exp.Expr) -> str:
    left, right = operands(node)
    dates = ("date", "timestamp")
    if "interval" in (left, right):
        moment = right if left == "interval" else left
        span = node.expression if right == "interval" else node.this
        return "date" if moment == "date" and has_days_only(span) else "timestamp" if moment in dates else UNKNOWN
    if left == "date" and right in dates:
        return "interval"
    if left in dates:
        return left if left == "date" else "interval"
    if right == "date":
        return "date"
    return arithmetic(ARITHMETIC[type(node)], left, right)


def has_days_only(span: exp.Expr) -> bool:
    """Tell whether an interval keeps a date a date: date + 1 month is a date, date + 1 hour a timestamp."""
    units = [interval.text("unit").upper().rstrip("S") for interval in span.find_all(exp.Interval)]
    return bool(units) and all(unit in DAY_UNITS for unit in units)


def function_of(node: exp.Anonymous) -> Function | None:
    return FUNCTIONS.get(node.name.lower())


def called_type(node: exp.Anonymous) -> str:
    function = function_of(node)
    if function is None:
        return UNKNOWN
    call = call_of(node, function)
    if not isinstance(function.gives, str):
        return function.gives(call)
    if function.gives == "$same":
        return widest(call.types)
    return call.types[0] if function.gives == "$0" else function.gives


def call_of(node: exp.Anonymous, function: Function) -> Call:
    """Describe a call; an argument that Spark casts has the type that it is cast to."""
    arguments = list(arguments_of(node))
    kinds = [kind.rstrip("?") for kind in argument_kinds(function, len(arguments), node.name)]
    types = tuple(_argument_type(kind, type_of(argument)) for kind, argument in zip(kinds, arguments, strict=True))
    return Call(node.name, types, tuple(literal_of(argument) for argument in arguments))


def _argument_type(kind: str, own: str) -> str:
    if kind in ("any", "same", "concat"):
        return own
    if kind == "number":
        return "double" if own in ("string", VOID) else own
    return "bigint" if kind == "int" and own == "bigint" else kind


def arguments_of(node: exp.Anonymous) -> list[exp.Expr]:
    """List the arguments; DISTINCT is a word before them, not one of them."""
    first = node.expressions[0] if node.expressions else None
    return list(first.expressions) if isinstance(first, exp.Distinct) else list(node.expressions)


def argument_kinds(function: Function, count: int, name: str) -> list[str]:
    kinds = function.takes.split()
    if kinds and kinds[-1].endswith("*"):
        kinds = [*kinds[:-1], *[kinds[-1][:-1]] * max(0, count - len(kinds) + 1)]
    least = sum(not kind.endswith("?") for kind in kinds)
    if not least <= count <= len(kinds):
        wanted = str(least) if least == len(kinds) else f"{least} to {len(kinds)}"
        raise UserError(f"`{name}` takes {wanted} arguments, and {count} are given")
    return kinds[:count]


def literal_of(node: exp.Expr) -> Any:
    """Give the value of a literal; what only the data knows is NOT_WRITTEN."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return -literal_of(node.this)
    if isinstance(node, exp.Literal):
        return node.name if node.is_string else int(node.name) if node.is_int else float(node.name)
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return literal_of(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    return node.name if isinstance(node, (exp.RawString, exp.Var)) else NOT_WRITTEN
