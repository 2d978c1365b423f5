"""Integer view: every value of a column as one exact integer, the same on DuckDB and Spark; NULL stays NULL.

Text differs between the engines (a double of 1e7, a decimal of 1e-8, an instant), so no type goes through its text
but `string` itself, and decimals too wide for 64 bits, whose digits are written out on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from boathouse.duckdb_types import duckdb_type
from boathouse.relation import Relation
from boathouse.schema import DECIMAL, FLOATS, INTEGERS

DAY = 86_400_000_000  # microseconds
BIGINT_DIGITS = 18  # a decimal of as many digits fits into a bigint
SPLIT_SCALE = 8  # DuckDB multiplies two decimals within 64 bits up to 18 digits, of 9 and 9
NOT_A_NUMBER, INFINITY, SIGN = 0x7FF8 << 48, 0x7FF0 << 48, "(-9223372036854775807 - 1)"
LEAST_EXPONENT = -1022

TIMES = {
    "date": "DATE '1970-01-01' + CAST({} AS INTEGER)",
    "timestamp": "make_timestamptz({})",
    "timestamp_ntz": "make_timestamp({})",
}

Layer = Mapping[str, str]  # name -> expression over the names of the layer beneath


def has_view(kind: str) -> bool:
    """Tell whether values of the type have an integer on both engines; nested ones do not."""
    plain = ("string", "boolean", "date", "timestamp", "timestamp_ntz", "binary")
    return kind in (*INTEGERS, *FLOATS, *plain) or bool(DECIMAL.fullmatch(kind))


def text_sql(at: str, kind: str) -> str:
    """Write a value of column x1 as text, on Spark; times by their integers, since their text depends on the session."""
    if kind in TIMES:
        return f"CAST(v{at} AS STRING)"
    return f"hex(x{at})" if kind == "binary" else f"CAST(x{at} AS STRING)"


def value_sql(text: str, kind: str) -> str:
    """Read such a text back, on DuckDB."""
    if read := TIMES.get(kind):
        return read.format(f"CAST({text} AS BIGINT)")
    return f"unhex({text})" if kind == "binary" else f"CAST({text} AS {duckdb_type(kind)})"


def layers(table: Relation, kinds: Mapping[str, str]) -> tuple[Layer, ...]:
    """Write the SELECTs, each over the one before, that make v1, v2 ... of columns x1, x2 ...: {"1": "int", ...}."""
    doubles = [at for at, kind in kinds.items() if kind in FLOATS and table.dialect == "databricks"]
    exponents = {f"e{at}": _exponent(f"x{at}") for at in doubles}
    mantissas = {f"m{at}": _mantissa(f"x{at}", f"e{at}") for at in doubles}
    values = {f"v{at}": _value(table, at, kind) for at, kind in kinds.items()}
    return tuple(layer for layer in (exponents, mantissas, values) if layer)


def _value(table: Relation, at: str, kind: str) -> str:
    x = f"x{at}"
    if match := DECIMAL.fullmatch(kind):
        return _decimal(table, x, int(match[1]), int(match[2]))
    if kind in FLOATS:
        bits = table.either(
            duckdb=f"CAST(CAST(CAST({x} AS DOUBLE) AS BIT) AS BIGINT)", databricks=_bits(x, f"e{at}", f"m{at}")
        )
        # Of the many NaNs and the two zeros, SQL's equality tells none apart on either engine.
        return (
            f"CASE WHEN {x} IS NULL THEN NULL WHEN isnan({x}) THEN {NOT_A_NUMBER} WHEN {x} = 0 THEN 0 ELSE {bits} END"
        )
    match kind:
        case "string" | "binary":
            return _digest(table, x)
        case "boolean":
            return f"CAST(CAST({x} AS INT) AS BIGINT)"
        case "date":
            return table.either(duckdb=f"CAST({x} - DATE '1970-01-01' AS BIGINT)", databricks=_days(x))
        case "timestamp":
            return table.either(duckdb=f"epoch_us({x})", databricks=f"unix_micros({x})")
        case "timestamp_ntz":
            return table.either(duckdb=f"epoch_us({x})", databricks=_wall_clock(x))
    return f"CAST({x} AS BIGINT)"


def _digest(table: Relation, text: str) -> str:
    """60 bits of md5, which is over the bytes of UTF-8 on both; 64 would not fit with a sign.

    DuckDB's md5_number_upper, which needs no text between, takes 0.70 s for a million values, this 0.28 s.
    """
    first = f"substr(md5({text}), 1, 15)"
    return table.either(duckdb=f"CAST('0x' || {first} AS BIGINT)", databricks=f"CAST(conv({first}, 16, 10) AS BIGINT)")


def _decimal(table: Relation, x: str, precision: int, scale: int) -> str:
    if precision > BIGINT_DIGITS:
        plain = f"replace(format_number({x}, {scale}), ',', '')"  # CAST AS STRING writes 1E-8 where ANSI is off
        if precision == scale:
            plain = f"replace({plain}, '0.', '.')"  # as DuckDB writes a decimal without whole digits
        return _digest(table, table.either(duckdb=f"CAST({x} AS VARCHAR)", databricks=plain))
    if scale == 0:
        return f"CAST({x} AS BIGINT)"
    power = table.literal(Decimal(10**scale))
    fraction = f"CAST({x} % 1 AS DECIMAL({scale + 1},{scale})) * {power}"
    split = f"CAST(trunc({x}) AS BIGINT) * {10**scale} + CAST({fraction} AS BIGINT)"
    whole = f"CAST(CAST({x} AS DECIMAL(38,{scale})) * {power} AS BIGINT)"  # ten times slower, but of any scale
    return table.either(duckdb=split if scale <= SPLIT_SCALE else whole, databricks=f"CAST({x} * {power} AS BIGINT)")


def _days(x: str) -> str:
    return f"CAST(unix_date({x}) AS BIGINT)"


def _wall_clock(x: str) -> str:
    """Microseconds of a time without a zone: unix_micros() would read it in the session's."""
    seconds = f"extract(HOUR FROM {x}) * 3600 + extract(MINUTE FROM {x}) * 60"
    fine = f"CAST(extract(SECOND FROM {x}) * 1000000 AS BIGINT)"
    return f"{_days(f'CAST({x} AS DATE)')} * {DAY} + CAST({seconds} AS BIGINT) * 1000000 + {fine}"


# ---- the bits of a double by arithmetic, for Spark, which has no function that shows them -------------------------------


def _exponent(x: str) -> str:
    """Find the power of two, one off at most: log2() is rounded."""
    power = f"greatest(CAST(floor(log2(abs(CAST({x} AS DOUBLE)))) AS BIGINT), {LEAST_EXPONENT})"
    return f"CASE WHEN abs({x}) > 0 AND abs({x}) < CAST('Infinity' AS DOUBLE) THEN {power} END"


def _mantissa(x: str, e: str) -> str:
    """0.5 to 4, in two steps because 2 to the 1074 is no double; powers of two are exact in Java, and so are products."""
    return f"abs(CAST({x} AS DOUBLE)) * pow(2D, -({e} DIV 2)) * pow(2D, -({e} - {e} DIV 2))"


def _bits(x: str, e: str, m: str) -> str:
    one = 1 << 52

    def packed(up: int) -> str:
        """Join the two: the mantissa's hidden bit adds one to the exponent's field, and a subnormal has none."""
        return f"({e} + {1022 + up}) * {one} + CAST({m} * {float(one >> up if up > 0 else one << -up)!r}D AS BIGINT)"

    above, below = f"WHEN {m} >= 2 THEN {packed(1)}", f"WHEN {m} < 1 AND {e} > {LEAST_EXPONENT} THEN {packed(-1)}"
    size = f"CASE WHEN {e} IS NULL THEN {INFINITY} {above} {below} ELSE {packed(0)} END"
    return f"CASE WHEN {x} < 0 THEN {SIGN} ELSE 0 END + {size}"
