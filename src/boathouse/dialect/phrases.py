"""Phrases: forms with a syntax of their own, from LIKE and CAST to CASE and EXTRACT."""

from __future__ import annotations

from sqlglot import exp

from boathouse.dialect.casts import cast
from boathouse.dialect.coercion import Writer, coerced
from boathouse.dialect.functions.call import Call
from boathouse.dialect.functions.text import pattern, substring
from boathouse.dialect.infer import data_type, function_of, literal_of, type_of
from boathouse.errors import UserError


def like(writer: Writer, node: exp.Binary, word: str) -> str:
    if isinstance(node.expression, (exp.Any, exp.All, exp.Tuple)):
        raise UserError(f"{word} ANY and {word} ALL have no DuckDB form here", hint="write the patterns with OR or AND")
    escape = "" if isinstance(node.parent, exp.Escape) else " ESCAPE '\\'"
    negated = "NOT " if node.args.get("negate") else ""
    return f"{coerced(writer, node.this, 'string')} {negated}{word} {writer.sql(node.expression)}{escape}"


def matching(writer: Writer, node: exp.RegexpLike) -> str:
    text = literal_of(node.expression)
    if not isinstance(text, str):
        raise UserError("the pattern of RLIKE has to be written out, as 'text'")
    negated = "NOT " if node.args.get("negate") else ""
    return f"{negated}regexp_matches({coerced(writer, node.this, 'string')}, {pattern(text, 'rlike')})"


def joined(writer: Writer, node: exp.Concat | exp.DPipe) -> str:
    parts = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
    kind = type_of(node)
    return " || ".join(coerced(writer, part, kind) for part in parts)


def part_of_text(writer: Writer, node: exp.Substring) -> str:
    nodes = [part for part in (node.this, node.args.get("start"), node.args.get("length")) if part is not None]
    call = Call(
        "substring",
        tuple(map(type_of, nodes)),
        tuple(map(literal_of, nodes)),
        (coerced(writer, nodes[0], "string"), *map(writer.sql, nodes[1:])),
    )
    return substring(call)


def trimmed(writer: Writer, node: exp.Trim) -> str:
    word = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.text("position").upper(), "trim")
    by = node.args.get("expression")
    return f"{word}({coerced(writer, node.this, 'string')}{f', {writer.sql(by)}' if by else ''})"


def found(writer: Writer, node: exp.StrPosition) -> str:
    return f"CAST(strpos({coerced(writer, node.this, 'string')}, {writer.sql(node, 'substr')}) AS INTEGER)"


def casting(writer: Writer, node: exp.Cast) -> str:
    return cast(
        f"({writer.sql(node.this)})" if isinstance(node.this, (exp.Binary, exp.Neg)) else writer.sql(node.this),
        type_of(node.this),
        data_type(node.to),
        safe=isinstance(node, exp.TryCast),
    )


def choice(writer: Writer, node: exp.Case) -> str:
    kind = type_of(node)
    base = f" {writer.sql(node.this)}" if node.this else ""
    branches = [
        f" WHEN {condition(writer, node, branch.this)} THEN {coerced(writer, branch.args['true'], kind)}"
        for branch in node.args["ifs"]
    ]
    default = f" ELSE {coerced(writer, node.args['default'], kind)}" if node.args.get("default") else ""
    return f"CASE{base}{''.join(branches)}{default} END"


def condition(writer: Writer, case: exp.Case, node: exp.Expr) -> str:
    return coerced(writer, node, type_of(case.this)) if case.this else writer.sql(node)


def either(writer: Writer, node: exp.If) -> str:
    kind = type_of(node)
    otherwise = f" ELSE {coerced(writer, node.args['false'], kind)}" if node.args.get("false") else ""
    return f"CASE WHEN {writer.sql(node.this)} THEN {coerced(writer, node.args['true'], kind)}{otherwise} END"


def extracted(writer: Writer, node: exp.Extract) -> str:
    field = node.name.upper()
    if field in ("SECOND", "SECONDS"):
        raise UserError("EXTRACT(SECOND ...) is a decimal on Spark alone", hint="use second(x)")
    names = {
        "DOW": "dayofweek",
        "DAYOFWEEK": "dayofweek",
        "DOW_ISO": "isodow",
        "WEEK": "weekofyear",
        "W": "weekofyear",
        "DOY": "dayofyear",
    }
    if field == "DOW_ISO":
        return f"CAST(isodow({coerced(writer, node.expression, 'date')}) AS INTEGER)"
    call = exp.Anonymous(this=names.get(field, field.lower()), expressions=[node.expression.copy()])
    if function_of(call) is None:
        raise UserError(
            f"EXTRACT knows no field `{field}`", hint="use YEAR, QUARTER, MONTH, WEEK, DAY, DOW, DOY, HOUR or MINUTE"
        )
    return writer.sql(call)


def item(writer: Writer, node: exp.Bracket) -> str:
    """Count from 0, as Spark does; outside of an array is an error there."""
    kind, at = type_of(node.this), writer.sql(node.expressions[0])
    x = writer.sql(node.this)
    if not kind.startswith("array<"):
        return f"{x}[{at}]"
    return f"({x})[CAST(CASE WHEN {at} < 0 OR {at} >= len({x}) THEN error('INVALID_ARRAY_INDEX: the array is shorter') ELSE {at} + 1 END AS INTEGER)]"
