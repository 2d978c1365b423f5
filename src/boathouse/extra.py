"""Extra: packages that only some of the work needs, imported where it is done, with one line where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from boathouse.errors import MissingExtra


def needed(package: str, extra: str) -> Any:
    """Import a package of an extra, such as `lightgbm` of boathouse[ml]; where it is not installed, say what to type."""
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] != package.partition(".")[0]:
            raise  # the package is there, and one that it needs is not: its own message is the better one
        raise MissingExtra(package, extra) from None


@contextmanager
def wanting(extra: str) -> Iterator[None]:
    """Say in a block what to type, whichever package of an extra it misses."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "boathouse"):
            raise  # a fault of ours
        raise MissingExtra(package, extra) from None
