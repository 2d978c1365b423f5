"""SQL pair: one query in two dialects, put together so that only what they say differently is there twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from boathouse.dbt import jinja_text
from boathouse.sql_pair import words
from boathouse.sql_pair.difference import chunks, echoes, plainly
from boathouse.sql_pair.reserved_words import is_plain
from boathouse.sql_pair.tokens import Token, tokens_of
from boathouse.sql_pair.tree import Bracket, Clause, Item, Node, leaves, on_one_line, says, tree_of

SHORT = 60  # letters of a call that is written whole, though only a part of it differs
LONG = 240  # letters of brackets; in longer ones, parts stay apart


class NothingShared(Exception):
    """The two texts have no common shape."""


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
        right = plainly(right, keeps_alias=len(left) > 1 and says(left[-2], "AS"))
        nodes = list(_chunked(left, right))
    yield from nodes[:-2] if echoes(nodes) and _text(nodes[-1]) == _text(nodes[-3]) else nodes


def _text(node: Node) -> str:
    return node.text if isinstance(node, Token) else ""


def _chunked(left: Item, right: Item) -> Iterator[Node]:
    for chunk in chunks(left, right):
        if chunk.same:
            yield from (_node(a, b) for a, b in zip(chunk.left, chunk.right, strict=True))
        else:
            yield _part(chunk.left, chunk.right)


def _node(left: Node, right: Node) -> Node:
    if isinstance(left, Token) and isinstance(right, Token):
        return _token(left, right)
    assert isinstance(left, Bracket)  # noqa: S101 - their keys are equal
    assert isinstance(right, Bracket)  # noqa: S101
    if left.called and left.called.says(*words.FUNCTIONS) and (word := _call([left], [right])):
        return word
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
    called = words.call(tokens, list(leaves(right)))
    return Token("part", f"{{{{ {called} }}}}", f"{{{{ {called} }}}}", tokens[0].before) if called else None


def spoken(nodes: Sequence[Node]) -> str:
    """Write nodes on one line in their own dialect, without comments, names in quotes only where they need them."""
    tokens = leaves(nodes)
    bare = (replace(t, text=t.value) if t.kind == "name" and is_plain(t.value) else t for t in tokens)
    return on_one_line(bare).strip()
