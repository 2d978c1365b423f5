"""Numbers: arithmetic, rounding, logarithms."""

from __future__ import annotations

from boathouse.dialect.functions.call import Call, Function, Functions, also
from boathouse.dialect.types import arithmetic, decimal, decimal_of
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError
from boathouse.schema import FLOATS, is_decimal, is_integer

NAN = "CAST('NaN' AS DOUBLE)"


def divided(left: str, right: str, types: tuple[str, str], result: str) -> str:
    """Divide; decimals exactly, one digit more than wanted, then rounded half up as Spark does (DuckDB makes doubles)."""
    if not is_decimal(result):
        left, right = (
            x if t == "double" else f"CAST({x} AS DOUBLE)" for x, t in zip((left, right), types, strict=True)
        )
        return f"{left} / {right}"
    (_, s1), (_, s2), (_, scale) = decimal_of(types[0]), decimal_of(types[1]), decimal_of(result)
    shift = scale + 1 - s1 + s2
    quotient = f"{_unscaled(left, s1)} * CAST('1e{shift}' AS HUGEINT) // {_unscaled(right, s2)}"
    unit = f"CAST('1e-{scale + 1}' AS DECIMAL(38,{scale + 1}))"
    return f"CAST(CAST({quotient} AS DECIMAL(38,0)) * {unit} AS {duckdb_type(result)})"


def _unscaled(x: str, scale: int) -> str:
    return (
        f"CAST({x} AS HUGEINT)"
        if scale == 0
        else f"CAST(CAST({x} AS DECIMAL(38,{scale})) * CAST('1e{scale}' AS HUGEINT) AS HUGEINT)"
    )


def rounded_type(call: Call) -> str:
    kind = call.types[0]
    places = int(call.literal(1)) if len(call.types) > 1 else 0
    if not is_decimal(kind):
        return kind
    precision, scale = decimal_of(kind)
    whole = precision - scale + 1
    return (
        decimal(min(whole + min(scale, places), 38), min(scale, places))
        if places >= 0
        else decimal(max(whole, 1 - places), 0)
    )


def rounded(call: Call) -> str:
    """Round half up on the digits that one sees: 1.005 is 1.01 on Spark, and 1.0 by its binary value."""
    x, kind = call.args[0], call.types[0]
    places = int(call.literal(1)) if len(call.types) > 1 else 0
    if kind in FLOATS and places >= 0:
        text = f"CAST(TRY_CAST(CAST({x} AS VARCHAR) AS DECIMAL(38,{places})) AS {duckdb_type(kind)})"
        return f"coalesce({text}, {x})"
    return f"CAST(round({x}, {places}) AS {duckdb_type(rounded_type(call))})"


def whole_type(call: Call) -> str:
    kind = call.types[0]
    if len(call.types) > 1:
        raise UserError(f"`{call.name}` takes one argument here", hint="use round, or multiply and divide")
    if is_decimal(kind):
        precision, scale = decimal_of(kind)
        return decimal(precision - scale + 1, 0)
    return "bigint"


def whole(call: Call) -> str:
    word = "floor" if call.name.lower() == "floor" else "ceil"
    return f"CAST({word}({call.args[0]}) AS {duckdb_type(whole_type(call))})"


def guarded(divisor: str, divident: str, error: str) -> str:
    """Fail on zero as Spark does, though NULL / 0 is NULL."""
    return f"CASE WHEN {divisor} = 0 AND {divident} IS NOT NULL THEN error('{error}') ELSE {divisor} END"


def _sides(call: Call) -> tuple[str, str]:
    """Type both sides; a whole number written beside a decimal is as wide as its digits."""
    left, right = call.types
    sides = ((left, right, call.literals[0]), (right, left, call.literals[1]))
    x, y = (
        f"decimal({len(str(abs(value)))},0)" if is_decimal(other) and isinstance(value, int) else own
        for own, other, value in sides
    )
    return x, y


def _mod_type(call: Call) -> str:
    return arithmetic("%", *_sides(call))


def _mod(call: Call) -> str:
    x, n = call.args
    n = (
        n
        if call.is_written(1) and call.literal(1)
        else guarded(n, x, f"REMAINDER_BY_ZERO: {call.name.lower()} by zero")
    )
    remainder = f"({x}) % ({n})"
    if call.name.lower() == "pmod":
        remainder = f"CASE WHEN {remainder} < 0 THEN ({remainder} + ({n})) % ({n}) ELSE {remainder} END"
    return f"CAST({remainder} AS {duckdb_type(_mod_type(call))})"


def _quotient(call: Call) -> str:
    return arithmetic("/", *_sides(call))


def _try_divide(call: Call) -> str:
    x, n = call.args
    return divided(x, f"nullif({n}, 0)", _sides(call), _quotient(call))


def _log(call: Call) -> str:
    if len(call.args) == 1:
        return f"ln(CASE WHEN {call.args[0]} > 0 THEN {call.args[0]} END)"
    base, x = call.args
    return f"ln(CASE WHEN {x} > 0 THEN {x} END) / ln(CASE WHEN {base} > 0 THEN {base} END)"


def _absolute(call: Call) -> str:
    return (
        f"abs({call.args[0]})"
        if not is_integer(call.types[0])
        else f"CAST(abs({call.args[0]}) AS {duckdb_type(call.types[0])})"
    )


# log1p by ln(1 + x) loses the digits of a small x; W. Kahan's form keeps them.
LOG1P = "CASE WHEN {0} > -1 THEN CASE WHEN 1.0::DOUBLE + {0} = 1 THEN {0} ELSE ln(1.0::DOUBLE + {0}) * {0} / ((1.0::DOUBLE + {0}) - 1) END END"

FUNCTIONS: Functions = also(
    {
        "abs": Function("number", "$0", _absolute),
        "ceil": Function("number any?", whole_type, whole),
        "floor": Function("number any?", whole_type, whole),
        "round": Function("number any?", rounded_type, rounded),
        "sign": Function("double", "double", "CAST(sign({0}) AS DOUBLE)"),
        "sqrt": Function("double", "double", f"CASE WHEN {{0}} < 0 THEN {NAN} ELSE sqrt({{0}}) END"),
        "cbrt": Function("double", "double", "cbrt({0})"),
        "exp": Function("double", "double", "exp({0})"),
        "pow": Function("double double", "double", "pow({0}, {1})"),
        "ln": Function("double", "double", _log),
        "log": Function("double double?", "double", _log),
        "log10": Function("double", "double", "log10(CASE WHEN {0} > 0 THEN {0} END)"),
        "log2": Function("double", "double", "log2(CASE WHEN {0} > 0 THEN {0} END)"),
        "log1p": Function("double", "double", LOG1P),
        "sin": Function("double", "double", "sin({0})"),
        "cos": Function("double", "double", "cos({0})"),
        "atan2": Function("double double", "double", "atan2({0}, {1})"),
        "radians": Function("double", "double", "radians({0})"),
        "degrees": Function("double", "double", "degrees({0})"),
        "pi": Function("", "double", "pi()"),
        "mod": Function("number number", _mod_type, _mod),
        "pmod": Function("number number", _mod_type, _mod),
        "try_divide": Function("number number", _quotient, _try_divide),
        "isnan": Function("double", "boolean", "coalesce(isnan({0}), FALSE)"),
        "nanvl": Function("double double", "double", "CASE WHEN isnan({0}) THEN {1} ELSE {0} END"),
    },
    ceiling="ceil",
    signum="sign",
    power="pow",
)

REFUSED = {
    "try_add": "cast to bigint or decimal first",
    "try_subtract": "cast to bigint or decimal first",
    "try_multiply": "cast to bigint or decimal first",
    "bround": "use round",
    "hash": "use md5 or sha2(x, 256)",
    "xxhash64": "use md5 or sha2(x, 256)",
    "crc32": "use md5 or sha2(x, 256)",
    "rint": "use round",
    "width_bucket": "use floor((x - low) / width)",
    "format_number": "cast to decimal(p,s), then to string",
    "conv": "cast the number",
}
