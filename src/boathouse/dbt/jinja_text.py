"""Jinja text: how a text, a name and a table of the lake are written in a file that dbt renders."""

from __future__ import annotations

import json
import re

from boathouse.sql_pair.reserved_words import is_plain
from boathouse.sql_pair.tokens import TABLE_END, TABLE_START, Token

MARKS = re.compile(r"\{(?=[{%#])")
TABLE = re.compile(f"{TABLE_START}([^{TABLE_END}]*){TABLE_END}")


def string(text: str) -> str:
    """Write a text as a string of Jinja's, in the quotes that need no escape where that can be."""
    body = json.dumps(text, ensure_ascii=False)[1:-1]  # its escapes are Jinja's own, too
    if '"' in text and "'" not in text:
        return "'" + body.replace('\\"', '"') + "'"
    return f'"{body}"'


def expression(text: str) -> str:
    """Write a text whose tables are in their marks as an expression: "FROM " ~ ref("silver_plans")."""
    parts = [part if at % 2 else string(part) for at, part in enumerate(TABLE.split(text)) if part]
    return " ~ ".join(parts) or '""'


def rendered(text: str) -> str:
    """Write SQL whose tables are in their marks as Jinja reads it."""
    return "".join(f"{{{{ {part} }}}}" if at % 2 else plain(part) for at, part in enumerate(TABLE.split(text)))


def plain(text: str) -> str:
    """Write a text that Jinja is to leave alone: a brace that would begin something is said by Jinja itself."""
    return MARKS.sub('{{ "{" }}', text)


def shared(token: Token) -> str:
    """Spell a token as both dialects read it without Jinja, or give nothing where they do not."""
    if token.kind in ("number", "sign"):
        return token.text
    if token.kind in ("word", "name"):
        return token.value if token.kind == "word" or is_plain(token.value) else ""
    written = f"'{token.value}'"
    return written if token.kind == "text" and literal(token.value) == written else ""


def name(text: str) -> str:
    """Write a column's name as both dialects read it."""
    return text if is_plain(text) else f"{{{{ quoted_name({string(text)}) }}}}"


def literal(text: str) -> str:
    """Write a text in SQL as both dialects read it."""
    if re.search(r"['\\\x00-\x1f]", text) or MARKS.search(text):
        return f"{{{{ quoted_text({string(text)}) }}}}"
    return f"'{text}'"
