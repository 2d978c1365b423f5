"""Long text: lists, dicts and patterns of a notebook, in parts where a line is too short for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import indent

from boathouse.quoting import python_pattern
from boathouse.step import LINE


def each(expression: str, texts: Iterable[str]) -> str:
    """Write `*[expression for name in [...]]` as an argument on a line of its own, in parts where it is long."""
    names = list(texts)
    line = f"*[{expression} for name in [{', '.join(names)}]]"
    if len(line) + len("    ,") <= LINE:
        return line
    inside = indent(f"{expression}\n{_in_list('for name in ', names, 8)}", "    ")
    return f"*[\n{inside}\n]"


def _in_list(start: str, items: list[str], indented: int) -> str:
    line = f"{start}[{', '.join(items)}]"
    if indented + len(line) <= LINE:
        return line
    return f"{start}[\n{indent(''.join(f'{item},{chr(10)}' for item in items), '    ')}]"


def dict_of(name: str, entry: str, row: str) -> str:
    """Write a dict of the rows of `groups`, null left out, as a formatter does: on one line, within its braces, or in parts."""
    parts = [entry, f"for {row} in groups.collect()", "if category is not None"]
    line = " ".join(parts)
    if len(name) + len(" = {}") + len(line) <= LINE:
        return f"{name} = {{{line}}}"
    inside = line if len(line) + 4 <= LINE else "\n".join(parts)
    return f"{name} = {{\n{indent(inside, '    ')}\n}}"


def pattern_line(name: str, pattern: str) -> str:
    """Give a pattern a name, so that the line that uses it can be read; a long one is broken before its groups."""
    line = f"{name} = {python_pattern(pattern)}"
    if len(line) <= LINE:
        return line
    pieces = [""]
    for part in re.split(r"(?=\(\?:|\|)", pattern):
        if len(pieces[-1]) + len(part) > LINE // 2:
            pieces.append("")
        pieces[-1] += part
    written = "".join(f"    {python_pattern(piece)}\n" for piece in pieces if piece)
    return f"{name} = (\n{written})"
