"""SQL tree: tokens put together as people read them: brackets with what is in them, and the clauses of a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from boathouse.sql_pair.tokens import Token

OPEN = {"(": ")", "[": "]", "{": "}"}
QUERY = ("SELECT", "WITH")
WINDOW = ("PARTITION", "ORDER")
FRAME = (*WINDOW, "ROWS", "RANGE")
CLAUSES = (
    *QUERY, "FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "WINDOW", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT",
)  # fmt: skip


@dataclass(frozen=True)
class Bracket:
    """A pair of brackets, the token that it is called by (`sum` of `sum(x)`), and what stands between them."""

    open: Token
    close: Token
    inside: tuple[Clause, ...]
    called: Token | None = None

    @property
    def first(self) -> Token:
        return self.called or self.open

    @property
    def is_query(self) -> bool:
        word = self.inside[0].word if self.inside else None
        return word is not None and word.says(*QUERY)

    @property
    def key(self) -> tuple[str, str]:
        """Say its shape: what it is called by, and how many things stand in it."""
        named = self.called.key[1] if self.called else ""
        counts = "query" if self.is_query else str([len(clause.items) for clause in self.inside])
        return "bracket", f"{named}{self.open.text}{counts}"


Node = Token | Bracket
Item = tuple[Node, ...]


@dataclass(frozen=True)
class Clause:
    """The word of a clause of a query (none elsewhere), and what follows it, at each comma a new item."""

    word: Token | None
    items: tuple[Item, ...]
    commas: tuple[Token, ...] = ()


@dataclass
class _Reader:
    tokens: Sequence[Token]
    at: int = 0

    def read(self, closing: str) -> list[Node]:
        """Read nodes up to a closing bracket, which is left to the caller."""
        nodes: list[Node] = []
        while self.at < len(self.tokens) and not (closing and self.tokens[self.at].text == closing):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "sign" and token.text in OPEN:
                nodes.append(self._bracket(token, nodes))
            else:
                nodes.append(token)
        return nodes

    def _bracket(self, opening: Token, before: list[Node]) -> Bracket:
        last = before[-1] if before else None
        called = last if isinstance(last, Token) and last.kind in ("word", "name") and not opening.before else None
        if called:
            before.pop()
        inside = self.read(OPEN[opening.text])
        closing = self.tokens[self.at]
        self.at += 1
        return Bracket(opening, closing, clauses_of(inside), called)


def tree_of(tokens: Sequence[Token]) -> tuple[Clause, ...]:
    """Put the tokens of one text together."""
    return clauses_of(_Reader(tokens).read(""))


def clauses_of(nodes: Sequence[Node]) -> tuple[Clause, ...]:
    """Split at the words that begin a clause, where this is a query, and each clause at its commas."""
    if not nodes:
        return ()
    first = nodes[0]
    is_query, is_window = says(first, *QUERY), says(first, *WINDOW)
    if not is_query and not is_window:
        return (_clause(None, nodes),)
    starts = [at for at in range(len(nodes)) if _begins(nodes, at, CLAUSES if is_query else FRAME)]
    ends = [*starts[1:], len(nodes)]
    return tuple(_clause(nodes[start], nodes[start + 1 : end]) for start, end in zip(starts, ends, strict=True))


def _begins(nodes: Sequence[Node], at: int, words: tuple[str, ...]) -> bool:
    if not says(nodes[at], *words):
        return False
    # IS DISTINCT FROM, a.from, * EXCEPT (...) begin nothing; nor does the SELECT of UNION ALL SELECT end the UNION.
    return not (at and says(nodes[at - 1], "DISTINCT", ".", "*", "WITHIN"))


def _clause(word: Node | None, nodes: Sequence[Node]) -> Clause:
    items: list[list[Node]] = [[]]
    commas: list[Token] = []
    for node in nodes:
        if isinstance(node, Token) and node.text == "," and node.kind == "sign":
            commas.append(node)
            items.append([])
        else:
            items[-1].append(node)
    kept = tuple(map(tuple, items)) if nodes else ()
    assert word is None or isinstance(word, Token)  # noqa: S101 - clauses begin with words
    return Clause(word, kept, tuple(commas))


def says(node: Node, *words: str) -> bool:
    """Tell whether this is one of some words."""
    return isinstance(node, Token) and node.says(*words)


def leaves(nodes: Sequence[Node]) -> Iterator[Token]:
    """Give all tokens in their order."""
    for node in nodes:
        if isinstance(node, Token):
            yield node
            continue
        if node.called:
            yield node.called
        yield node.open
        yield from leaves_of(node.inside)
        yield node.close


def leaves_of(clauses: Sequence[Clause]) -> Iterator[Token]:
    for clause in clauses:
        if clause.word:
            yield clause.word
        for at, item in enumerate(clause.items):
            yield from leaves(item)
            if at < len(clause.commas):
                yield clause.commas[at]


def on_one_line(tokens: Iterable[Token]) -> str:
    """Write tokens with a blank where there was any, but none within brackets' ends; comments go."""
    text = ""
    for token in tokens:
        blank = token.before and token.text not in (")", "]") and not text.endswith(("(", "["))
        text += f" {token.text}" if blank and text else token.text
    return text
