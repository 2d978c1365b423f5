"""Reference text: `${var.catalog}` and its like in a bundle's values, and what stands for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

REFERENCE = re.compile(r"\$\{([a-zA-Z][\w-]*(?:\.[\w-]+|\[\d+\])*)\}")
DEEP = 20  # references to references to ...; whoever goes deeper goes in a circle


def references(text: Any) -> list[str]:
    """List what a value refers to: var.catalog, resources.jobs.daily.id."""
    return REFERENCE.findall(text) if isinstance(text, str) else []


def written_out(values: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Make a function that puts values in the place of references; those that have none yet stay as they are."""

    def change(value: Any) -> Any:
        for _ in range(DEEP):
            new = _once(value, values)
            if new == value:
                return new
            value = new
        return value

    return change


def _once(value: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return values.get(_name(whole[1]), value)
    return REFERENCE.sub(lambda found: _text(values.get(_name(found[1]), found[0])), value)


def _name(reference: str) -> str:
    return f"var.{reference.removeprefix('variables.')}" if reference.startswith("variables.") else reference


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
