"""Canonical text: SQL without comments and without a choice of blanks, so that two texts that say the same are the same."""

from __future__ import annotations

import re

from boathouse.dialect.parse import tokens

WORDS = re.compile(r"\w+(\s+\w+)+")  # GROUP BY is one token, whatever is between the two


def canonical(sql: str) -> str:
    """Write each token as it stands in the text, one blank between two; written from the tree, it could lose what the tree does not know."""
    found = (sql[token.start : token.end + 1] for token in tokens(sql))
    return " ".join(" ".join(text.split()) if WORDS.fullmatch(text) else text for text in found)
