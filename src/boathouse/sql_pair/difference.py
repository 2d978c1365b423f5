"""SQL difference: two rows of nodes, cut into what both say and what each says in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from boathouse.sql_pair.tokens import Token
from boathouse.sql_pair.tree import Bracket, Item, Node, says

NEAR = 2  # two parts with so few tokens between them read better as one
APART = ("AS", "WHEN", "THEN", "ELSE", "AND", "OR")  # words that keep two parts apart
MANY = 3  # parts of one column; more of them read better as one, unless they are arms of a CASE


@dataclass
class Chunk:
    """Nodes of both sides, which are the same or not."""

    same: bool
    left: list[Node]
    right: list[Node]

    def join(self, other: Chunk) -> None:
        self.left += other.left
        self.right += other.right


def chunks(left: Item, right: Item) -> list[Chunk]:
    """Cut two rows of nodes into what is the same and what is not; a difference is never nothing on one side."""
    matcher = SequenceMatcher(None, [node.key for node in left], [node.key for node in right], autojunk=False)
    found: list[Chunk] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        here, there = list(left[a:b]), list(right[c:d])
        here = _alike(here, there)
        found.append(Chunk(tag == "equal" or here == there, here, there))
    found = _closed(_widened([chunk for chunk in found if chunk.left or chunk.right]))
    parts = [at for at, chunk in enumerate(found) if not chunk.same]
    if len(parts) <= MANY or any(says(node, "CASE") for node in left):
        return found
    whole = Chunk(same=False, left=[], right=[])
    for chunk in found[parts[0] : parts[-1] + 1]:
        whole.join(chunk)
    return [*found[: parts[0]], whole, *found[parts[-1] + 1 :]]


# What one may leave out, or say in other words, and the other says: Databricks reads that as well.
SAID = {("", "as"), ("", "nulls first"), ("", "nulls last"), ("<=>", "is not distinct from")}


def _alike(left: list[Node], right: list[Node]) -> list[Node]:
    """Give the right side for the left where both dialects read it."""
    words = tuple(" ".join(node.key[1] for node in side) for side in (left, right))
    return list(right) if words in SAID and all(isinstance(node, Token) for node in right) else left


def _widened(chunks: list[Chunk]) -> list[Chunk]:
    """Let a difference that is nothing on one side take in its neighbour, and those that meet be one."""
    wide: list[Chunk] = []
    for at, chunk in enumerate(chunks):
        if not chunk.same and not (chunk.left and chunk.right):
            _borrow(chunk, wide, chunks[at + 1 :])
        if wide and not wide[-1].same and not chunk.same:
            wide[-1].join(chunk)
        elif chunk.left:
            wide.append(chunk)
    return wide


def _borrow(chunk: Chunk, before: list[Chunk], after: list[Chunk]) -> None:
    if before and not before[-1].same:
        return  # it is joined to that one
    if before:
        chunk.left.insert(0, before[-1].left.pop())
        chunk.right.insert(0, before[-1].right.pop())
        if not before[-1].left:
            before.pop()
    elif after:
        chunk.left.append(after[0].left.pop(0))
        chunk.right.append(after[0].right.pop(0))


def _closed(chunks: list[Chunk]) -> list[Chunk]:
    """Make one of differences that stand close to each other."""
    closed: list[Chunk] = []
    for at, chunk in enumerate(chunks):
        near = chunk.same and 0 < at < len(chunks) - 1 and len(chunk.left) <= NEAR
        apart = any(says(node, *APART) for node in chunk.left)
        if closed and not closed[-1].same and (near or not chunk.same) and not apart:
            closed[-1].join(chunk)
        else:
            closed.append(chunk)
    return closed


def plainly(nodes: Item, *, keeps_alias: bool) -> Item:
    """Say it as a person does, where a translation has said it otherwise: x for x AS x, x IS NOT NULL for NOT x IS NULL."""
    plain = list(nodes)
    at = 0
    while at < len(plain):
        end = _operand_end(plain, at + 1)
        if says(plain[at], "NOT") and end + 1 < len(plain) and says(plain[end], "IS") and says(plain[end + 1], "NULL"):
            plain[at : end + 1] = [*plain[at + 1 : end + 1], plain[at]]
        plain[at : at + 1] = _date(plain[at])
        at += 1
    return tuple(plain[:-2] if echoes(plain) and not keeps_alias else plain)


def echoes(nodes: Sequence[Node]) -> bool:
    """Tell `x AS x`."""
    return len(nodes) > 2 and says(nodes[-2], "AS") and nodes[-3].key == nodes[-1].key  # noqa: PLR2004 - of three


def _date(node: Node) -> list[Node]:
    """Say DATE '2024-01-31' for CAST('2024-01-31' AS DATE)."""
    if isinstance(node, Bracket) and node.called and node.called.says("CAST"):
        item = node.inside[0].items[0] if node.inside else ()
        if len(item) == 3 and isinstance(item[0], Token) and item[0].kind == "text" and says(item[2], "DATE"):  # noqa: PLR2004 - x AS DATE
            return [replace(node.called, text="DATE", value="DATE"), replace(item[0], before=" ")]
    return [node]


def _operand_end(nodes: Sequence[Node], at: int) -> int:
    """Find the end of a column's name, which may have more than one part, or of one bracket."""
    while at + 1 < len(nodes) and says(nodes[at + 1], "."):
        at += 2
    return at + 1
