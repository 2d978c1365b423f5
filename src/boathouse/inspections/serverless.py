"""Serverless compute refuses sparkContext, .rdd and .cache, and nothing that leaves needs Boathouse."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from boathouse.fault import Fault
from boathouse.package.folder import beside
from boathouse.package.package import Package
from boathouse.package.python_syntax import tree
from boathouse.package.resource_paths import paths

# https://docs.databricks.com/aws/en/compute/serverless/limitations
ATTRIBUTES = {
    "sparkContext": ("serverless compute has no sparkContext", "use the session: spark.range, spark.conf"),
    "rdd": ("serverless compute has no RDDs", "use the DataFrame's own functions"),
}
CALLS = {
    "cache": ("serverless compute keeps no DataFrame in memory", "leave it out, or write a table"),
    "persist": ("serverless compute keeps no DataFrame in memory", "leave it out, or write a table"),
    "unpersist": ("serverless compute keeps no DataFrame in memory", "leave it out"),
}
OURS = "boathouse"
MAGIC = re.compile(r"^# MAGIC\s+%(?:pip|uv)\s+install\b.*\bboathouse\b", re.MULTILINE)


def inspect(package: Package) -> Iterator[Fault]:
    for name in sorted({*package.notebooks, *_run_there(package)}):
        text = package.folder.texts[name]
        module = tree(text)
        for node, what, hint in (
            _found(module) if isinstance(module, ast.Module) else ()
        ):  # notebooks.py tells the other
            yield Fault(package.folder.place(name, node.lineno, node.col_offset + 1), "", what, hint)
        for magic in MAGIC.finditer(text):
            yield Fault(
                package.folder.place(name, text.count("\n", 0, magic.start()) + 1), "", "this needs Boathouse", ""
            )


def _run_there(package: Package) -> Iterator[str]:
    """Name the Python files that Databricks runs: those of tasks and pipelines, and the modules that they import."""
    for resource in package.resources:
        for _, leaf in paths(resource.kind, resource.settings):
            found = (beside(leaf.place.file, leaf.value) or "").rstrip("/")
            yield from (name for name in package.folder.matching(found) if name.endswith(".py"))
    for name in package.folder.texts:
        parts = PurePosixPath(name).parts
        if name.endswith(".py") and "src" in parts and "tests" not in parts:
            yield name


def _found(module: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            yield node, *ATTRIBUTES[node.attr]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            yield node, *CALLS[node.func.attr]
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if any(name.split(".")[0] == OURS for name in names):
                yield node, "this needs Boathouse", "what leaves stands alone"
