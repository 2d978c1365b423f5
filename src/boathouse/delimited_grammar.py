"""Grammar: the delimited text that DuckDB and Spark read to the same rows; all else is refused with its line.

Both engines accept far more, each in its own way (measured with DuckDB 2.0 and Spark 4.2): `, "q"` is q to DuckDB and
an error to Spark; `"q"x` the other way round; DuckDB drops a trailing delimiter, and loses every row, without a word,
of some files whose lines end in two ways. Within this grammar a fuzz finds no difference (tests/test_sources.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import methodcaller
from pathlib import Path

from boathouse.errors import SourceError
from boathouse.raw_file import Encoding, blocks

LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r"}
BLANKS = bytes(range(33))  # what Java's trim takes off
QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')


@dataclass(frozen=True)
class Grammar:
    """Records of so many fields: quoted, or free of delimiters, line ends and of a quote at their start."""

    delimiter: bytes
    line_end: bytes
    fields: int = 1

    @cached_property
    def field(self) -> re.Pattern[bytes]:
        return re.compile(self._field(rb'"'))

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        return re.compile(self._record(rb'"'))

    @cached_property
    def records(self) -> re.Pattern[bytes]:
        return re.compile(rb"(?:%b)*+" % self._record(rb'"'))

    @cached_property
    def records_of_one_line(self) -> re.Pattern[bytes]:
        return re.compile(rb"(?:%b)*+" % self._record(rb'"\r\n'))

    def _field(self, ends_quoted: bytes) -> bytes:
        quoted = rb'"[^%b]*+(?:""[^%b]*+)*+"' % (ends_quoted, ends_quoted)
        return rb"(?:(?! *+\")[^%b\r\n]*+|%b)" % (re.escape(self.delimiter), quoted)

    def _record(self, ends_quoted: bytes) -> bytes:
        field, end = self._field(ends_quoted), re.escape(self.line_end)
        more = rb"(?:%b%b){%d}+" % (re.escape(self.delimiter), field, self.fields - 1)
        # Not `?+`: Python 3.11.2, which Debian 12 has, keeps what a possessive optional group gave up.
        return rb"(?:(?:%b%b)?%b)" % (field, more, end)

    def whole(self, text: bytes) -> int:
        """Say where the last whole record ends, as far as the grammar holds."""
        if b'"' not in text:
            return text.rfind(self.line_end) + len(self.line_end) if self.line_end in text else 0
        match = self.records.match(text)
        return match.end() if match else 0

    def is_even(self, text: bytes) -> bool:
        """Tell quickly that lines without quotes have all their fields; the pattern takes five times longer."""
        if b'"' in text:
            return False
        lines = text.split(self.line_end)
        other_ends = text.count(b"\r") + text.count(b"\n") != (len(lines) - 1) * len(self.line_end)
        counts = set(map(methodcaller("count", self.delimiter), filter(None, lines)))
        return not other_ends and counts <= {self.fields - 1}

    def first_record(self, text: bytes) -> list[str]:
        """Split the first record that is not an empty line, as far as it follows the grammar."""
        at, found = leading_blank(text), []
        while match := self.field.match(text, at):
            found.append(unquoted(match[0].decode(errors="replace")))
            at = match.end() + 1
            if text[at - 1 : at] != self.delimiter:
                break
        return found


@dataclass
class Facts:
    """What a whole file was found to hold."""

    multiline: bool = False  # a value holds a line break
    blank_records: bool = False  # a record is nothing but blanks, as one of tabs is
    empty_start: int = 0  # empty lines before the first record
    records: int = 0  # with the header; exact up to 2
    longest: int = 0  # bytes of the longest record


def unquoted(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def leading_blank(text: bytes) -> int:
    """Count the bytes of the empty lines that the text begins with."""
    return len(text) - len(text.lstrip(b"\r\n"))


def line_end_of(text: bytes) -> str:
    """Tell how lines end by the first end there is."""
    match = re.search(rb"\r\n|\r|\n", text)
    return next(name for name, end in LINE_ENDS.items() if not match or match[0] == end)


def check(file: Path, encoding: Encoding, grammar: Grammar) -> Facts:
    """Read the whole file; the first place that breaks the grammar is an error with its line."""
    facts, line = Facts(), 1
    for text in _whole_records(file, encoding, grammar):
        end = _read(text, grammar, facts)
        if end < len(text):
            raise _broken(file, text, end, line + text.count(grammar.line_end, 0, end), grammar)
        line += text.count(grammar.line_end)
    return facts


def _whole_records(file: Path, encoding: Encoding, grammar: Grammar) -> Iterator[bytes]:
    """Give the text in pieces that end between two records; what breaks the grammar is part of the last piece."""
    rest, patience = b"", 0
    for block in blocks(file, encoding):
        rest += block
        if len(rest) >= patience:
            end = grammar.whole(rest)
            if end:
                yield rest[:end]
            rest = rest[end:]
            patience = 0 if end else 2 * len(rest)  # a long value is read again only when twice as much has come
    if rest:
        yield rest if rest.endswith(grammar.line_end) else rest + grammar.line_end


def _read(text: bytes, grammar: Grammar, facts: Facts) -> int:
    """Add what the text holds to the facts; say how far the grammar holds."""
    end, one_line = len(text), True
    if not grammar.is_even(text):
        end = _end(grammar.records_of_one_line, text, 0)
        if end < len(text):
            one_line = (wide := _end(grammar.records, text, end)) == end
            end = wide
    facts.multiline = facts.multiline or not one_line
    pieces = text[:end].split(grammar.line_end) if one_line else [m[0] for m in grammar.record.finditer(text, 0, end)]
    if grammar.delimiter <= b" ":
        facts.blank_records = facts.blank_records or not all(
            piece.strip(BLANKS) for piece in pieces if piece.strip(b"\r\n")
        )
    facts.longest = max(facts.longest, *map(len, pieces), 0)
    if facts.records == 0:
        facts.empty_start += text.count(grammar.line_end, 0, leading_blank(text))
    if facts.records < 2:  # noqa: PLR2004 - a header and a row
        facts.records += sum(1 for piece in pieces if piece.strip(b"\r\n"))
    return end


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _broken(file: Path, text: bytes, at: int, line: int, grammar: Grammar) -> SourceError:
    """Say what is wrong with the record that starts here."""
    place, found = f"{file}, line {line}", 0
    while match := grammar.field.match(text, at):
        found, at = found + 1, match.end()
        if text[at : at + 1] != grammar.delimiter:
            break
        at += 1
    if text.startswith(grammar.line_end, at):
        values = f"{found} value{'' if found == 1 else 's'}"
        return SourceError(
            f"{place} has {values} where {grammar.fields} are expected", hint="mend the line or the delimiter"
        )
    if text[at : at + 1] in (b"\r", b"\n"):
        return SourceError(f"{place} ends otherwise than the first line", hint="let all lines end alike (dos2unix)")
    opening = text[at:].lstrip(b" ")
    if opening.startswith(b'"') and not QUOTED.match(opening):
        return SourceError(f"{place}: a quote is opened and never closed", hint='write a quote within a value as ""')
    hint = 'quote the whole value, and write a quote within it as ""'
    return SourceError(f"{place}: text stands beside a quoted value", hint=hint)
