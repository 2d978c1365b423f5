"""No group of people is flagged much less often than another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.errors import UserError
from boathouse.relation import Relation

WHOLE = ("tinyint", "smallint", "int", "bigint")
FRACTIONS = ("float", "double")


class DisparateImpact(Check):
    """The lowest flag rate of a group is so much of the highest: disparate_impact(is_flagged, gender, 'F', 'M') >= 0.8.

    Groups are the values that are named, or the bands between numbers; all other values are one more, and what is
    missing is another. A group of fewer rows is not compared; where nothing is flagged, nothing can be told.
    """

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False

    check: Literal["disparate_impact"] = "disparate_impact"
    column: str = Field(min_length=1, description="whether a row is flagged: a boolean, or 0 and 1")
    by: str = Field(min_length=1, description="the attribute that groups people")
    groups: tuple[str | int | float, ...] = Field(
        default=(), description="its values, or the edges between bands of a number"
    )
    minimum_rows: int = Field(default=30, ge=1, description="of a group that is compared")
    operator: Literal[">=", ">"]
    bound: float = Field(ge=0, le=1)

    def broken(self, table: Relation) -> str:
        """Give the lowest rate by the highest; a group that is never flagged makes it 0."""
        rates = ", ".join(self._rate(table, condition) for condition in self._conditions(table))
        return f"least({rates}) / nullif(greatest({rates}), 0)"

    def right(self, found: str, table: Relation) -> str:
        del table
        return f"coalesce({found} {self.operator} {self.bound}, TRUE)"

    def _rate(self, table: Relation, condition: str) -> str:
        """Write the share of a group that is flagged; NULL, which least and greatest pass over, where it is too small."""
        kind, flag = table.schema[self.column].type, table.column(self.column)
        if kind not in ("boolean", *WHOLE):
            raise UserError(
                f"`{self.column}` is {kind}, and not whether a row is flagged", hint="a boolean, or 0 and 1"
            )
        number = f"CAST({flag} AS INT)" if kind == "boolean" else f"CAST({flag} <> 0 AS INT)"
        flagged = f"CASE WHEN {condition} THEN {number} END"
        return f"CASE WHEN count({flagged}) >= {self.minimum_rows} THEN avg({flagged}) END"

    def _conditions(self, table: Relation) -> Iterator[str]:
        kind, by = table.schema[self.by].type, table.column(self.by)
        if kind == "boolean" and not self.groups:
            yield from (by, f"NOT {by}", f"{by} IS NULL")
        elif kind == "string" and self.groups and all(isinstance(one, str) for one in self.groups):
            values = [table.literal(value) for value in dict.fromkeys(self.groups)]
            yield from (f"{by} = {value}" for value in values)
            yield from (f"{by} NOT IN ({', '.join(values)})", f"{by} IS NULL")
        elif _is_number(kind) and self.groups and not any(isinstance(one, str) for one in self.groups):
            yield from self._bands(table, by, f" AND NOT isnan({by})" if kind in FRACTIONS else "")
            yield f"{by} IS NULL OR isnan({by})" if kind in FRACTIONS else f"{by} IS NULL"
        else:
            raise UserError(
                f"`{self.by}` is {kind}, and its groups are not named",
                hint="name the values of a text, such as 'F', 'M', or the edges between bands of a number, such as 40, 65",
            )

    def _bands(self, table: Relation, by: str, is_number: str) -> Iterator[str]:
        edges = [table.literal(edge) for edge in sorted(set(self.groups), key=float)]
        for low, high in zip([None, *edges], [*edges, None], strict=True):
            above, below = f"{by} >= {low}" if low else "", f"{by} < {high}" if high else ""
            yield " AND ".join(part for part in (above, below) if part) + ("" if high else is_number)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        def of(f: str, m: str, **more: str) -> dict[str, list[object]]:
            marks = {"F": f, "M": m, **more}
            return {
                "flagged boolean": [mark == "x" for marked in marks.values() for mark in marked],
                "gender string": [
                    None if group == "none" else group for group, marked in marks.items() for _ in marked
                ],
            }

        asked = "disparate_impact(flagged, gender, 'F', 'M', minimum_rows => 4) >= 0.8"
        yield CheckExample("the same share", asked, of("x...", "xx......"), holds=True)
        yield CheckExample("half as often", asked, of("x.......", "x..."), holds=False)
        yield CheckExample("in whichever order the groups come", asked, of("x...", "x......."), holds=False)
        yield CheckExample("never is unfair, and no division by zero", asked, of("....", "x..."), holds=False)
        yield CheckExample("nothing is flagged, so nothing can be told", asked, of("....", "...."), holds=True)
        yield CheckExample("three people tell nothing", asked, of("...", "x..."), holds=True)
        yield CheckExample("who is not named is a group, too", asked, of("x...", "x...", X="...."), holds=False)
        yield CheckExample("and so is who has no value", asked, of("x...", "x...", none="...."), holds=False)
        yield CheckExample("nobody at all", asked, {"flagged boolean": [], "gender string": []}, holds=True)
        ages: dict[str, list[object]] = {
            "flagged": [1, 0, 1, 0, 0, 0, None],
            "age double": [18.0, 39.9, 40.0, 64.0, 65.0, float("nan"), None],
        }
        bands = "disparate_impact(flagged, age, 40, 65, minimum_rows => 2) > 0.9"
        yield CheckExample("bands of a number, and what is no number is missing", bands, ages, holds=True)
        lower: dict[str, list[object]] = {"flagged": [1, 1, 1, 0], "age": [18, 39, 40, 64]}
        yield CheckExample("an edge is in the upper band", bands, lower, holds=False)
        yes: dict[str, list[object]] = {"flagged": [1, 1, 1, 0], "insured boolean": [True, True, False, False]}
        yield CheckExample(
            "a boolean names itself", "disparate_impact(flagged, insured, minimum_rows => 2) >= 0.8", yes, holds=False
        )


def _is_number(kind: str) -> bool:
    return kind in (*WHOLE, *FRACTIONS) or kind.startswith("decimal")
