"""Aggregates and window functions."""

from __future__ import annotations

from boathouse.dialect.functions.call import Call, Function, Functions, also
from boathouse.dialect.functions.numbers import divided
from boathouse.dialect.types import decimal, decimal_of
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError
from boathouse.schema import is_decimal, is_integer


def _sum_type(call: Call) -> str:
    kind = call.types[0]
    if is_decimal(kind):
        precision, scale = decimal_of(kind)
        return decimal(min(precision + 10, 38), scale)
    return "bigint" if is_integer(kind) else "double"


def _sum(call: Call) -> str:
    return f"CAST(sum({call.distinct}{call.args[0]}){call.after} AS {duckdb_type(_sum_type(call))})"


def _average_type(call: Call) -> str:
    kind = call.types[0]
    if is_decimal(kind):
        precision, scale = decimal_of(kind)
        return decimal(min(precision + 4, 38), min(scale + 4, 38))
    return "double"


def _average(call: Call) -> str:
    """Average decimals exactly: DuckDB makes a double of them."""
    x, kind = call.args[0], call.types[0]
    if not is_decimal(kind):
        return f"avg({call.distinct}CAST({x} AS DOUBLE)){call.after}"
    count = f"nullif(count({call.distinct}{x}){call.after}, 0)"
    scale = decimal_of(kind)[1]
    total = (f"decimal(38,{scale})", "decimal(20,0)")
    return divided(f"sum({call.distinct}{x}){call.after}", count, total, _average_type(call))


def _count(call: Call) -> str:
    if len(call.args) == 1:
        return f"count({call.distinct}{call.args[0]}){call.after}"
    there = " AND ".join(f"{x} IS NOT NULL" for x in call.args)
    row = f"row({', '.join(call.args)})"  # Spark counts the rows where none is NULL
    return f"count({call.distinct}CASE WHEN {there} THEN {row} END){call.after}"


def _percentile(call: Call) -> str:
    """Interpolate on doubles: on DECIMAL DuckDB rounds the result."""
    p = call.literal(1)
    if not isinstance(p, (int, float)) or not 0 <= p <= 1:
        raise UserError("the second argument of `percentile` is one number between 0 and 1")
    return f"quantile_cont(CAST({call.args[0]} AS DOUBLE), {p}){call.after}"


def statistic(name: str) -> Function:
    return Function("double", "double", f"{name}({{distinct}}{{0}}){{after}}", aggregate=True)


def ranking(name: str, gives: str = "int") -> Function:
    return Function(
        "any*", gives, lambda call: f"CAST({name}({', '.join(call.args)}){call.after} AS {duckdb_type(gives)})"
    )


def _shifted(call: Call) -> str:
    return f"{call.name.lower()}({', '.join(call.args)}{call.nulls}){call.after}"


def _edge(call: Call) -> str:
    """Ignore nulls where the second argument says so: first(x, true)."""
    name = "first" if call.name.lower().startswith("first") else "last"
    ignore = call.nulls or (" IGNORE NULLS" if len(call.args) > 1 and call.literal(1) is True else "")
    if "OVER" in call.after:
        return f"{name}_value({call.args[0]}{ignore}){call.after}"
    return f"{'any_value' if ignore and name == 'first' else name}({call.args[0]}){call.after}"


def _collected(call: Call) -> str:
    """Drop nulls, and make an empty array of nothing, as Spark does; the order is nobody's promise."""
    distinct = "DISTINCT " if call.name.lower() == "collect_set" else call.distinct
    items = f"list({distinct}{call.args[0]}){call.after}"
    return f"coalesce(list_filter({items}, lambda item: item IS NOT NULL), [])"


# One pair has no correlation on Spark, and a side that does not vary is a division by zero there.
CORRELATION = (
    "CASE WHEN regr_count({0}, {1}){after} < 2 THEN NULL"
    " WHEN isnan(corr({0}, {1}){after}) AND NOT isnan(covar_pop({0}, {1}){after}) THEN error('DIVIDE_BY_ZERO: corr of a constant')"
    " ELSE corr({0}, {1}){after} END"
)

FUNCTIONS: Functions = also(
    {
        "count": Function("any*", "bigint", _count, aggregate=True),
        "count_if": Function("boolean", "bigint", "count(CASE WHEN {0} THEN 1 END){after}", aggregate=True),
        "sum": Function("number", _sum_type, _sum, aggregate=True),
        "avg": Function("number", _average_type, _average, aggregate=True),
        "min": Function("any", "$0", "min({0}){after}", aggregate=True),
        "max": Function("any", "$0", "max({0}){after}", aggregate=True),
        "min_by": Function("any any", "$0", "arg_min_null({0}, {1}){after}", aggregate=True),
        "max_by": Function("any any", "$0", "arg_max_null({0}, {1}){after}", aggregate=True),
        "stddev_samp": statistic("stddev_samp"),
        "stddev_pop": statistic("stddev_pop"),
        "var_samp": statistic("var_samp"),
        "var_pop": statistic("var_pop"),
        "covar_samp": Function("double double", "double", "covar_samp({0}, {1}){after}", aggregate=True),
        "covar_pop": Function("double double", "double", "covar_pop({0}, {1}){after}", aggregate=True),
        "corr": Function("double double", "double", CORRELATION, aggregate=True),
        "percentile": Function("number any", "double", _percentile, aggregate=True),
        "median": Function("number", "double", "median(CAST({0} AS DOUBLE)){after}", aggregate=True),
        "bool_and": Function("boolean", "boolean", "bool_and({0}){after}", aggregate=True),
        "bool_or": Function("boolean", "boolean", "bool_or({0}){after}", aggregate=True),
        "collect_list": Function("any", lambda call: f"array<{call.types[0]}>", _collected, aggregate=True),
        "collect_set": Function("any", lambda call: f"array<{call.types[0]}>", _collected, aggregate=True),
        "first_value": Function("any any?", "$0", _edge, aggregate=True),
        "last_value": Function("any any?", "$0", _edge, aggregate=True),
        "any_value": Function("any", "$0", "any_value({0}){after}", proven=False, aggregate=True),
        "mode": Function("any", "$0", "mode({0}){after}", proven=False, aggregate=True),
        "row_number": ranking("row_number"),
        "rank": ranking("rank"),
        "dense_rank": ranking("dense_rank"),
        "ntile": ranking("ntile"),
        "percent_rank": ranking("percent_rank", "double"),
        "cume_dist": ranking("cume_dist", "double"),
        "lag": Function("any any? any?", "$0", _shifted),
        "lead": Function("any any? any?", "$0", _shifted),
    },
    mean="avg", stddev="stddev_samp", std="stddev_samp", variance="var_samp", every="bool_and", some="bool_or",
    first="first_value", last="last_value", array_agg="collect_list",
)  # fmt: skip

# Their order, or which row they take, is settled by what stands around them.
ORDERED_BY = {"collect_list": "array", "collect_set": "array", "array_agg": "array",
              "first": "window", "last": "window", "first_value": "window", "last_value": "window"}  # fmt: skip

REFUSED = {
    "percentile_approx": "use percentile(x, p), which is exact on both engines",
    "approx_percentile": "use percentile(x, p), which is exact on both engines",
    "approx_count_distinct": "use count(DISTINCT x)",
    "percentile_cont": "use percentile(x, p)",
    "percentile_disc": "use percentile(x, p)",
    "skewness": "Spark's is that of the population and DuckDB's of a sample; write it with avg and pow",
    "kurtosis": "Spark's is that of the population and DuckDB's of a sample; write it with avg and pow",
    "histogram_numeric": "use count and GROUP BY",
    "monotonically_increasing_id": "use row_number() OVER (ORDER BY ...)",
}
