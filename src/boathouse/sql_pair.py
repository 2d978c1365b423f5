"""SQL pair: one query in two dialects, put together so that only what they say differently is there twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from boathouse import jinja_text, sql_words
from boathouse.reserved_words import is_plain
from boathouse.sql_tokens import Token, tokens_of
from boathouse.sql_tree import Bracket, Clause, Item, Node, leaves, on_one_line, tree_of

NEAR = 2  # two parts with so few tokens between them read better as one
SHORT = 60  # letters of a call that is written whole, though only a part of it differs
APART = ("AS", "WHEN", "THEN", "ELSE", "AND", "OR")  # words that keep two parts apart
MANY = 3  # parts of one column; more of them read better as one, unless they are arms of a CASE
LONG = 240  # letters of brackets; in longer ones, parts stay apart


class NothingShared(Exception):
    """The two texts have no common shape."""


@dataclass
class _Chunk:
    same: bool
    left: list[Node]
    right: list[Node]

    def join(self, other: _Chunk) -> None:
        self.left += other.left
        self.right += other.right


def paired(databricks: str, duckdb: str) -> tuple[Clause, ...]:
    """Put two texts together; what both say is written as Jinja and both dialects read it."""
    left, right = tokens_of(databricks, "databricks"), tokens_of(duckdb, "duckdb")
    return tuple(_clauses(tree_of(left), tree_of(right)))


def _clauses(left: Sequence[Clause], right: Sequence[Clause]) -> Iterator[Clause]:
    if [_shape(clause) for clause in left] != [_shape(clause) for clause in right]:
        raise NothingShared
    for one, other in zip(left, right, strict=True):
        items = zip(one.items, other.items, strict=True)
        yield replace(one, items=tuple(tuple(_item(a, b)) for a, b in items))


def _shape(clause: Clause) -> tuple[object, int]:
    return clause.word.key if clause.word else None, len(clause.items)


def _item(left: Item, right: Item) -> Iterator[Node]:
    if [node.key for node in left] == [node.key for node in right]:
        nodes = [_node(a, b) for a, b in zip(left, right, strict=True)]
    else:
        right = _plainly(right, keeps_alias=len(left) > 1 and _says(left[-2], "AS"))
        nodes = list(_chunked(left, right))
    yield from nodes[:-2] if _echoes(nodes) and _text(nodes[-1]) == _text(nodes[-3]) else nodes


def _text(node: Node) -> str:
    return node.text if isinstance(node, Token) else ""


def _chunked(left: Item, right: Item) -> Iterator[Node]:
    for chunk in _chunks(left, right):
        if chunk.same:
            yield from (_node(a, b) for a, b in zip(chunk.left, chunk.right, strict=True))
        else:
            yield _part(chunk.left, chunk.right)


def _plainly(nodes: Item, *, keeps_alias: bool) -> Item:
    """Say it as a person does, where a translation has said it otherwise: x for x AS x, x IS NOT NULL for NOT x IS NULL."""
    plain = list(nodes)
    at = 0
    while at < len(plain):
        end = _operand_end(plain, at + 1)
        if (
            _says(plain[at], "NOT")
            and end + 1 < len(plain)
            and _says(plain[end], "IS")
            and _says(plain[end + 1], "NULL")
        ):
            plain[at : end + 1] = [*plain[at + 1 : end + 1], plain[at]]
        plain[at : at + 1] = _date(plain[at])
        at += 1
    return tuple(plain[:-2] if _echoes(plain) and not keeps_alias else plain)


def _echoes(nodes: Sequence[Node]) -> bool:
    """Tell `x AS x`."""
    return len(nodes) > 2 and _says(nodes[-2], "AS") and nodes[-3].key == nodes[-1].key  # noqa: PLR2004 - of three


def _date(node: Node) -> list[Node]:
    """Say DATE '2024-01-31' for CAST('2024-01-31' AS DATE)."""
    if isinstance(node, Bracket) and node.called and node.called.says("CAST"):
        item = node.inside[0].items[0] if node.inside else ()
        if len(item) == 3 and isinstance(item[0], Token) and item[0].kind == "text" and _says(item[2], "DATE"):  # noqa: PLR2004 - x AS DATE
            return [replace(node.called, text="DATE", value="DATE"), replace(item[0], before=" ")]
    return [node]


def _operand_end(nodes: Sequence[Node], at: int) -> int:
    """Find the end of a column's name, which may have more than one part, or of one bracket."""
    while at + 1 < len(nodes) and _says(nodes[at + 1], "."):
        at += 2
    return at + 1


def _says(node: Node, word: str) -> bool:
    return isinstance(node, Token) and node.says(word)


def _chunks(left: Item, right: Item) -> list[_Chunk]:
    """Cut two rows of nodes into what is the same and what is not; a difference is never nothing on one side."""
    matcher = SequenceMatcher(None, [node.key for node in left], [node.key for node in right], autojunk=False)
    chunks: list[_Chunk] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        here, there = list(left[a:b]), list(right[c:d])
        here = _alike(here, there)
        chunks.append(_Chunk(tag == "equal" or here == there, here, there))
    chunks = _closed(_widened([chunk for chunk in chunks if chunk.left or chunk.right]))
    parts = [at for at, chunk in enumerate(chunks) if not chunk.same]
    if len(parts) <= MANY or any(_says(node, "CASE") for node in left):
        return chunks
    whole = _Chunk(same=False, left=[], right=[])
    for chunk in chunks[parts[0] : parts[-1] + 1]:
        whole.join(chunk)
    return [*chunks[: parts[0]], whole, *chunks[parts[-1] + 1 :]]


# What one may leave out, or say in other words, and the other says: Databricks reads that as well.
SAID = {("", "as"), ("", "nulls first"), ("", "nulls last"), ("<=>", "is not distinct from")}


def _alike(left: list[Node], right: list[Node]) -> list[Node]:
    """Give the right side for the left where both dialects read it."""
    words = tuple(" ".join(node.key[1] for node in side) for side in (left, right))
    return list(right) if words in SAID and all(isinstance(node, Token) for node in right) else left


def _widened(chunks: list[_Chunk]) -> list[_Chunk]:
    """Let a difference that is nothing on one side take in its neighbour, and those that meet be one."""
    wide: list[_Chunk] = []
    for at, chunk in enumerate(chunks):
        if not chunk.same and not (chunk.left and chunk.right):
            _borrow(chunk, wide, chunks[at + 1 :])
        if wide and not wide[-1].same and not chunk.same:
            wide[-1].join(chunk)
        elif chunk.left:
            wide.append(chunk)
    return wide


def _borrow(chunk: _Chunk, before: list[_Chunk], after: list[_Chunk]) -> None:
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


def _closed(chunks: list[_Chunk]) -> list[_Chunk]:
    """Make one of differences that stand close to each other."""
    closed: list[_Chunk] = []
    for at, chunk in enumerate(chunks):
        near = chunk.same and 0 < at < len(chunks) - 1 and len(chunk.left) <= NEAR
        apart = any(isinstance(node, Token) and node.says(*APART) for node in chunk.left)
        if closed and not closed[-1].same and (near or not chunk.same) and not apart:
            closed[-1].join(chunk)
        else:
            closed.append(chunk)
    return closed


def _node(left: Node, right: Node) -> Node:
    if isinstance(left, Token) and isinstance(right, Token):
        return _token(left, right)
    assert isinstance(left, Bracket)  # noqa: S101 - their keys are equal
    assert isinstance(right, Bracket)  # noqa: S101
    if called := _call([left], [right]):
        return called
    try:
        inside = tuple(_clauses(left.inside, right.inside))
    except NothingShared:
        return _part([left], [right])
    parts = sum(map(_parts, inside))
    if parts and not left.is_query and len(spoken([left])) < (LONG if parts > 1 else SHORT):
        return _part([left], [right])
    called = _token(left.called, right.called) if left.called and right.called else None
    return replace(left, inside=inside, called=called)


def _parts(clause: Clause) -> int:
    return sum(_parts_of(node) for item in clause.items for node in item)


def _parts_of(node: Node) -> int:
    if isinstance(node, Bracket):
        return sum(map(_parts, node.inside))
    return int(node.kind == "part")


def _token(left: Token, right: Token) -> Token:
    """Write a token that means the same in both dialects, so that both read it."""
    if right.text.upper() == "TIMESTAMPTZ" and right.kind == "word":
        return replace(left, text="{{ timestamp_type() }}")
    match left.kind:
        case "text":
            return replace(left, text=jinja_text.literal(left.value))
        case "table":
            return replace(left, text=f"{{{{ {left.value} }}}}")
        case "name" | "word" if "name" in (left.kind, right.kind):
            return replace(left, text=jinja_text.name(right.value))
    return left


def _part(left: Sequence[Node], right: Sequence[Node]) -> Token:
    """Write what differs as a call of the macro that chooses; its value is the same with an argument a line."""
    if called := _call(left, right):
        return called
    databricks, duckdb = (jinja_text.expression(spoken(side)) for side in (left, right))
    arguments = f"databricks={databricks}", f"duckdb={duckdb}"
    line, broken = ", ".join(arguments), ",\n    ".join(arguments)
    before = next(leaves(left)).before
    return Token("part", f"{{{{ dialect({line}) }}}}", f"{{{{ dialect(\n    {broken}\n) }}}}", before)


def _call(left: Sequence[Node], right: Sequence[Node]) -> Token | None:
    """Write what differs as a call of a macro of its own, where it has one."""
    tokens = list(leaves(left))
    called = sql_words.call(tokens, list(leaves(right)))
    return Token("part", f"{{{{ {called} }}}}", f"{{{{ {called} }}}}", tokens[0].before) if called else None


def spoken(nodes: Sequence[Node]) -> str:
    """Write nodes on one line in their own dialect, without comments, names in quotes only where they need them."""
    tokens = leaves(nodes)
    bare = (replace(t, text=t.value) if t.kind == "name" and is_plain(t.value) else t for t in tokens)
    return on_one_line(bare).strip()
