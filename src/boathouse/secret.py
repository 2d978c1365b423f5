"""Secret: a value that nobody should read over a shoulder, known by the name of its key."""

from __future__ import annotations

import re
from collections.abc import Mapping

MASK = "********"
WORD = r"(?:token|passw(?:or)?d|secret|credential|(?:api|access|account|private)[-_.]?key)"
NAMED = re.compile(WORD, re.IGNORECASE)
LINE = re.compile(rf"""(?i)({WORD}[\w.-]*["']?\s*[:=]\s*)\S.*""")


class Secret(str):
    """Text for whoever asks for it by its key; what prints or logs the whole it stands in shows stars."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)


def is_secret(key: str) -> bool:
    """Tell by a key's name whether its value is a secret: api_key, db.password, DATABRICKS_TOKEN."""
    return NAMED.search(key) is not None


def sealed(values: Mapping[str, str]) -> dict[str, str]:
    """Make the secrets among values Secrets."""
    return {key: Secret(value) if is_secret(key) else value for key, value in values.items()}


def masked(key: str, value: object) -> object:
    """Give a value as it may be shown."""
    return MASK if is_secret(key) else value


def shown(values: Mapping[str, str] | None) -> dict[str, object] | None:
    """Give values as they may be shown."""
    return None if values is None else {key: masked(key, value) for key, value in values.items()}


def masked_line(line: str) -> str:
    """Give a line of a file as it may be shown: what follows a secret's key is stars."""
    return LINE.sub(rf"\g<1>{MASK}", line)
