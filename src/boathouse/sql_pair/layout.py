"""SQL layout: a query on the lines that a person would give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boathouse.dbt.jinja_text import plain
from boathouse.sql_pair.tokens import Token
from boathouse.sql_pair.tree import Bracket, Clause, Node, leaves, leaves_of, on_one_line, says

WIDTH = 120
INDENT = "    "
JOINS = ("LEFT", "RIGHT", "FULL", "INNER", "CROSS", "JOIN", "LATERAL")
ARMS = ("WHEN", "ELSE")


def as_written(clauses: Sequence[Clause]) -> str:
    """Write a query as its author broke it, comments and all."""
    text = ""
    for token in leaves_of(clauses):
        text += plain(token.before)
        line = text.rsplit("\n", 1)[-1]
        margin = line[: len(line) - len(line.lstrip())]
        is_long = "\n" in token.value and token.kind == "part" and len(line) + len(token.text) > WIDTH
        text += token.value.replace("\n", f"\n{margin}") if is_long else token.text
    return text.strip()


def laid_out(clauses: Sequence[Clause], width: int = WIDTH) -> list[str]:
    """Break a query into lines: a clause a line, and where it is too long, an item a line."""
    lines: list[str] = []
    for clause in clauses:
        lines += _clause(clause, width)
    return lines


def _clause(clause: Clause, width: int) -> list[str]:
    word, items = _heading(clause)
    is_list = word == "SELECT" and len(items) > 1
    line = " ".join(filter(None, [word, ", ".join(map(_inline, items))]))
    if len(line) <= width and not is_list and not (word == "FROM" and any(_joins(item) for item in items)):
        return [line]
    if word and len(items) == 1:
        first, *rest = _broken(items[0], width - len(word) - 1)
        return [f"{word} {first}", *rest]
    return [word, *_items(items, width, INDENT)] if word else list(_items(items, width, ""))


def _heading(clause: Clause) -> tuple[str, list[Sequence[Node]]]:
    """Give the words of a clause, ORDER BY being two, and its items."""
    items: list[Sequence[Node]] = [item for item in clause.items if item]
    word = clause.word.text.upper() if clause.word else ""
    if items and says(items[0][0], "BY"):
        return f"{word} BY", [items[0][1:], *items[1:]]
    return word, items


def _items(items: Sequence[Sequence[Node]], width: int, margin: str) -> Iterator[str]:
    for at, item in enumerate(items, 1):
        *lines, last = _broken(item, width - len(margin) - 1)
        yield from (f"{margin}{line}" for line in lines)
        yield f"{margin}{last}{',' if at < len(items) else ''}"


def _inline(nodes: Sequence[Node]) -> str:
    return on_one_line(leaves(nodes))


def _broken(nodes: Sequence[Node], width: int) -> list[str]:
    line = _inline(nodes)
    if len(line) <= width and not _joins(nodes):
        return [line]
    for words in (JOINS, ARMS, ("AND", "OR", "ON")):
        rows = _rows(nodes, words)
        if len(rows) > 1:
            return [f"{margin}{line}" for margin, row in rows for line in _broken(row, width - len(margin))]
    longest = max(range(len(nodes)), key=lambda at: _breakable(nodes[at]))
    if not _breakable(nodes[longest]):
        return [line]
    before, node, after = nodes[:longest], nodes[longest], nodes[longest + 1 :]
    if isinstance(node, Bracket):
        start = [node.called, node.open] if node.called else [node.open]
        inside = laid_out(node.inside, width - len(INDENT))
        first = on_one_line([*leaves(before), *start])
        return [first, *(f"{INDENT}{line}" for line in inside), on_one_line([node.close, *leaves(after)])]
    first, *middle, last = node.value.split("\n")
    return [f"{_inline(before)} {first}".strip(), *middle, f"{last} {_inline(after)}".strip()]


def _breakable(node: Node) -> int:
    """Say how many letters would stand on other lines."""
    return len(_inline([node])) if isinstance(node, Bracket) or "\n" in node.value else 0


def _rows(nodes: Sequence[Node], words: tuple[str, ...]) -> list[tuple[str, list[Node]]]:
    """Cut before each of some words, with its margin: a join, its condition, an arm of a CASE, a further condition."""
    rows: list[tuple[str, list[Node]]] = [("", [])]
    between = cases = 0
    for at, node in enumerate(nodes):
        word = node.text.upper() if isinstance(node, Token) and node.kind == "word" else ""
        between += word == "BETWEEN"
        ends = word == "END" and cases == 1
        cases += (word == "CASE") - (word == "END")
        begins = word in words and not (at and words == JOINS and _continues(nodes[at - 1]))
        if word == "AND" and between:
            between, begins = between - 1, False
        inner = cases == 1 and words == ARMS
        if (begins and (inner or (not cases and words != ARMS))) or (ends and words == ARMS):
            rows.append((INDENT if (inner and not ends) or word == "ON" else "", []))
        rows[-1][1].append(node)
    return [row for row in rows if row[1]]


def _joins(nodes: Sequence[Node]) -> bool:
    return any(says(node, "JOIN") for node in nodes)


def _continues(node: Node) -> bool:
    return says(node, *JOINS, "OUTER", "SEMI", "ANTI", "NATURAL")
