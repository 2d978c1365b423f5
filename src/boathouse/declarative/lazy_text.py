"""Lazy text: PySpark statements that a declarative pipeline can keep for later, since they ask Spark nothing at once."""

from __future__ import annotations

import ast
import re

from boathouse.quoting import python_text, spark_reference

# What runs a query, or looks up its columns; a function that defines a dataset may do neither.
ACTIONS = frozenset(
    ["collect", "count", "createDataFrame", "first", "head", "isEmpty", "show", "tail", "take", "toPandas"]
)
LOOKED_UP = frozenset(["columns", "dtypes", "schema"])
# Open-source Spark 4.2 resolves these as soon as they are sent, when the pipeline's other tables are not there yet:
# TABLE_OR_VIEW_NOT_FOUND; and where they are there from an earlier update, the table is no longer seen to hang on them.
RESOLVED_AT_ONCE = frozenset(["drop", "dropDuplicates"])
# A row is kept once where all of it is one value to group by.
DISTINCT = '.select(F.struct("*").alias("row")).groupBy("row").agg(F.count("*").alias("times")).select("row.*")'


def is_lazy(code: str) -> bool:
    """Tell whether statements run no query and look up no column."""
    return not any(_asks(node) for node in ast.walk(ast.parse(code)))


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # F.count is an expression, df.count runs a query
        return node.func.attr in ACTIONS and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "F")
    return (
        isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in LOOKED_UP and _is_df(node)
    )


def _is_df(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "df"


def made_lazy(code: str) -> str:
    """Write statements without what open-source Spark resolves at once; they mean the same."""
    while (found := _first(code)) is not None:
        code = _replaced(code, *found)
    return code


def _first(code: str) -> tuple[ast.stmt, ast.Call] | None:
    for statement in ast.parse(code).body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in RESOLVED_AT_ONCE:
                return statement, node
    return None


def _replaced(code: str, statement: ast.stmt, call: ast.Call) -> str:
    """Write one call another way; at the end of a line it becomes a statement of its own, since the line gets longer."""
    assert isinstance(call.func, ast.Attribute)  # noqa: S101 - only these are found
    data = code.encode()
    start, end = (_offset(data, *at) for at in (_end(call.func.value), _end(call)))
    written = _other_form(call)
    is_chain = not isinstance(call.func.value, ast.Name)
    if is_chain and isinstance(statement, ast.Assign) and statement.value is call and call.lineno == call.end_lineno:
        name = ast.unparse(statement.targets[0])
        return f"{data[:start].decode()}\n{name} = {name}{written}{data[end:].decode()}"
    between = re.match(r"\s*", data[start:end].decode())
    return f"{data[:start].decode()}{between[0] if between else ''}{written}{data[end:].decode()}"


def _other_form(call: ast.Call) -> str:
    if getattr(call.func, "attr", "") == "dropDuplicates":
        return DISTINCT
    names = ", ".join(spark_reference(ast.literal_eval(argument)) for argument in call.args)
    return f".selectExpr({python_text(f'* EXCEPT ({names})')})"


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0


def _offset(data: bytes, line: int, column: int) -> int:
    """Find a place that the parser gives as a line and bytes into it."""
    return sum(len(one) for one in data.split(b"\n")[: line - 1]) + line - 1 + column
