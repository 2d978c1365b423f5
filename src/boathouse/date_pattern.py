"""Date patterns in Databricks' letters, of a subset that both engines read alike, and exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# Each token: what it matches, and its name in DuckDB's strptime. Both engines refuse a 13th month and a Septober; but
# they are lenient in different ways (Spark's d takes 0005, DuckDB's %d takes 5 for 05), so text has to match before
# either reads it; years start at 1000 because 0000 is a year to DuckDB only.
TOKENS = {
    "yyyy": (r"[1-9]\d{3}", "%Y"), "yy": (r"\d{2}", "%y"), "MMMM": ("[A-Za-z]{3,9}", "%B"), "MMM": ("[A-Za-z]{3}", "%b"),
    "MM": (r"\d{2}", "%m"), "M": (r"\d{1,2}", "%m"), "dd": (r"\d{2}", "%d"), "d": (r"\d{1,2}", "%d"),
    "HH": (r"\d{2}", "%H"), "H": (r"\d{1,2}", "%H"), "hh": (r"\d{2}", "%I"), "h": (r"\d{1,2}", "%I"),
    "mm": (r"\d{2}", "%M"), "ss": (r"\d{2}", "%S"), "a": ("[AaPp][Mm]", "%p"),
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
        inside = (TOKENS[letters][0] if letters else SPECIAL.sub(r"\\\1", literal) for letters, literal in self.parts)
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
