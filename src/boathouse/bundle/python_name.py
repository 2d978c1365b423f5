"""Python names: of the package, the modules and the functions that a pipeline leaves as."""

from __future__ import annotations

import builtins
import keyword
import sys

from boathouse.cells import IMPORTS
from boathouse.names import TableName, slug

# What a generated package imports or is tested with; a package of the same name would hide it.
PACKAGES = frozenset({"boathouse", "delta", "pyspark", "pytest", "src", "tests", "yaml"})
# What stands in a generated module beside the table's own function.
TAKEN = frozenset(
    {*IMPORTS, "COLUMNS", "DROP", "DataFrame", "MERGE_KEY", "READS", "SQL", "SparkSession", "check", "df", "spark"}
)


def package_name(project: str) -> str:
    """Name the package: churn; where Python or the package itself has one of that name, churn_pipeline."""
    name = slug(project)
    taken = name in PACKAGES or name in sys.stdlib_module_names or keyword.iskeyword(name)
    return f"{name}_pipeline" if taken else name


def function_name(table: TableName) -> str:
    """Name a table's function and its module: orders; class_ and list_, since those words mean something else there."""
    name = table.table
    means_something = keyword.iskeyword(name) or name in TAKEN or hasattr(builtins, name) or name.startswith("__")
    return f"{name}_" if means_something else name
