"""The whole words of a name: evidence beside the values, never instead of them, and never a part of a word."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words(name: str) -> tuple[str, ...]:
    """Split a name: customerID -> customer, id; price_paid -> price, paid."""
    return tuple(word.lower() for word in WORD.findall(name))


def singular(word: str) -> str:
    """Take an English plural's ending off: companies -> company, addresses -> address, orders -> order."""
    if word.endswith("ies") and len(word) > len("ties"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
