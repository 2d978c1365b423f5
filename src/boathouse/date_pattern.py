"""Date patterns in Databricks' letters, of a subset that both engines read alike, and exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def _any_case(words: tuple[str, ...]) -> str:
    """Match words in any case of A-Z; RE2's (?i) takes the long s for an s, and Java's does not."""
    return "|".join("".join(f"[{c.upper()}{c.lower()}]" for c in word) for word in words)


# Each token: what it matches, and its name in DuckDB's strptime. The engines are lenient in different ways (Spark's d
# takes 0005, DuckDB's %d takes 5 for 05), so text has to match before either reads it; years start at 1000 because 0000
# is a year to DuckDB only.
TOKENS = {
    "yyyy": ("[1-9][0-9]{3}", "%Y"), "yy": ("[0-9]{2}", "%y"),
    "MMMM": (_any_case(MONTHS), "%B"), "MMM": (_any_case(SHORT_MONTHS), "%b"),
    "MM": ("0[1-9]|1[0-2]", "%m"), "M": ("0?[1-9]|1[0-2]", "%m"),
    "dd": ("0[1-9]|[12][0-9]|3[01]", "%d"), "d": ("0?[1-9]|[12][0-9]|3[01]", "%d"),
    "HH": ("[01][0-9]|2[0-3]", "%H"), "H": ("[01]?[0-9]|2[0-3]", "%H"),
    "hh": ("0[1-9]|1[0-2]", "%I"), "h": ("0?[1-9]|1[0-2]", "%I"),
    "mm": ("[0-5][0-9]", "%M"), "ss": ("[0-5][0-9]", "%S"), "a": ("[AaPp][Mm]", "%p"),
}  # fmt: skip
VARIABLE = ("M", "d", "H", "h")
PART = re.compile(r"'(?P<quoted>(?:[^']|'')+)'|(?P<letters>([A-Za-z])\3*)|(?P<mark>[^A-Za-z'\[\]{}#])")
SPECIAL = re.compile(r"([.+*?()|\[\]{}^$\\])")


@dataclass(frozen=True)
class DatePattern:
    """A pattern such as dd/MM/yyyy or yyyy-MM-dd'T'HH:mm:ss."""

    text: str

    @classmethod
    def parse(cls, text: str) -> DatePattern:
        """Read a pattern; one that the engines could read differently is refused, and why."""
        pattern = cls(text)
        letters = [letters for letters, _ in pattern.parts if letters]
        if unknown := [letters for letters in letters if letters not in TOKENS]:
            raise ValueError(
                f"`{text}`: `{unknown[0]}` is none of {' '.join(TOKENS)}; letters that stand for themselves are quoted: 'T'"
            )
        kinds = [letters[0] for letters in letters]
        if len(set(kinds)) < len(kinds):
            raise ValueError(f"`{text}` says the same part twice")
        if "y" not in kinds or "M" not in kinds:
            raise ValueError(f"`{text}` needs a year and a month")
        if {"h", "a"} & set(kinds) not in (set(), {"h", "a"}) or {"h", "H"} <= set(kinds):
            raise ValueError(
                f"`{text}`: h (1 to 12) and a (AM, PM) belong together, and H (0 to 23) stands without them"
            )
        pattern._refuse_runs()
        return pattern

    def _refuse_runs(self) -> None:
        for (one, _), (two, literal) in zip(self.parts, self.parts[1:], strict=False):
            if (one in VARIABLE and (two or literal[:1].isdigit())) or (two in VARIABLE and one):
                raise ValueError(
                    f"`{self.text}`: nothing divides `{one}` and `{two or literal}`, which are of one or two digits"
                )

    @cached_property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Split into (letters, "") and ("", literal) pairs."""
        return tuple(self._split())

    def _split(self) -> Iterator[tuple[str, str]]:
        at = 0
        while at < len(self.text):
            match = PART.match(self.text, at)
            if not match:
                raise ValueError(f"`{self.text}` cannot be read from `{self.text[at:]}` on")
            literal = (match["quoted"] or match["mark"] or "").replace("''", "'")
            yield match["letters"] or "", literal
            at = match.end()

    @property
    def regex(self) -> str:
        """Match the whole of a text that the pattern reads."""
        inside = (
            f"({TOKENS[letters][0]})" if letters else SPECIAL.sub(r"\\\1", literal) for letters, literal in self.parts
        )
        return rf"^{''.join(inside)}\z"

    @property
    def strptime(self) -> str:
        """Write the pattern as DuckDB's strptime has it."""
        return "".join(TOKENS[letters][1] if letters else literal.replace("%", "%%") for letters, literal in self.parts)

    @property
    def has_short_year(self) -> bool:
        return ("yy", "") in self.parts

    @property
    def has_time(self) -> bool:
        return any(letters[:1] in ("H", "h", "m", "s") for letters, _ in self.parts)
