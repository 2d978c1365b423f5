"""The values lie as they do in a reference table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.errors import UserError
from boathouse.population_stability import SMOOTHING, chance
from boathouse.relation import Relation

FRACTIONS = ("float", "double")
NUMBERS = ("tinyint", "smallint", "int", "bigint", *FRACTIONS)


class Psi(Check):
    """The population stability index to a reference, less what chance explains: psi(amount, silver.claims_2025, 100, 500) <= 0.2.

    Bins end at the numbers that are written (PSIMonitor.check writes them from the reference), or are the texts;
    all other texts are one more bin, and what is missing is another. New texts alone are what `references` finds.
    """

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False

    check: Literal["psi"] = "psi"
    column: str = Field(min_length=1, description="the column")
    table: str = Field(min_length=1, description="the reference, such as silver.claims_2025")
    bins: tuple[str | int | float, ...] = Field(
        min_length=1, description="the numbers that bins end at, or the texts that are bins"
    )
    to: str = Field(default="", description="the column of the reference, where it is called otherwise")
    operator: Literal["<=", "<"]
    bound: float = Field(ge=0)

    def reads(self) -> tuple[str, ...]:
        return (self.table,)

    def broken(self, table: Relation) -> str:
        """Give the index less what chance alone makes of so few rows; 0 where a side has none."""
        other = table.other(self.table)
        now = [_share(condition) for condition in self._conditions(table, self.column)]
        then = [
            f"(SELECT {_share(condition)} FROM {other.name})"
            for condition in self._conditions(other, self.to or self.column)
        ]
        index = " + ".join(
            f"({n} - {t}) * ln(({n} + {SMOOTHING!r}e0) / ({t} + {SMOOTHING!r}e0))"
            for n, t in zip(now, then, strict=True)
        )
        rows = f"1e0 / nullif(count(*), 0) + (SELECT 1e0 / nullif(count(*), 0) FROM {other.name})"
        return f"greatest({index} - {chance(len(now)):.6g}e0 * ({rows}), 0e0)"

    def right(self, found: str, table: Relation) -> str:
        del table
        return f"{found} {self.operator} {self.bound}"

    def _conditions(self, table: Relation, name: str) -> list[str]:
        kind, column = table.schema[name].type, table.column(name)
        are_texts = [isinstance(one, str) for one in self.bins]
        if kind == "string" and all(are_texts):
            values = [table.literal(value) for value in dict.fromkeys(self.bins)]
            return [*(f"{column} = {v}" for v in values), f"{column} NOT IN ({', '.join(values)})", f"{column} IS NULL"]
        if (kind in NUMBERS or kind.startswith("decimal")) and not any(are_texts):
            return self._between(table, column, is_fraction=kind in FRACTIONS)
        raise UserError(
            f"`{name}` of {table.name} is {kind}, and its bins are {'texts' if all(are_texts) else 'numbers'}",
            hint="bins are the numbers that a number's bins end at, or the values of a text",
        )

    def _between(self, table: Relation, column: str, *, is_fraction: bool) -> list[str]:
        """Write the conditions of a number's bins, which have their upper ends; NaN is missing on both engines."""
        edges = [table.literal(edge) for edge in sorted(set(self.bins), key=float)]
        made = [f"{column} <= {edges[0]}"]
        made += [f"{column} > {low} AND {column} <= {high}" for low, high in pairwise(edges)]
        above = f"{column} > {edges[-1]}"
        if not is_fraction:
            return [*made, above, f"{column} IS NULL"]
        return [*made, f"{above} AND NOT isnan({column})", f"{column} IS NULL OR isnan({column})"]

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        def numbers(*counts: int) -> dict[str, list[object]]:
            values = (5.0, 10.0, 25.0, float("nan"), None)  # a bin has its upper end
            return {"x double": [v for v, n in zip(values, counts, strict=True) for _ in range(n)]}

        reference = {"silver.reference": numbers(400, 0, 400, 100, 100)}
        asked = "psi(x, silver.reference, 10, 20) <= 0.2"
        yield CheckExample(
            "the same shares of fewer rows", asked, numbers(0, 200, 200, 0, 100), holds=True, others=reference
        )
        yield CheckExample("more lie above", asked, numbers(100, 0, 800, 0, 200), holds=False, others=reference)
        yield CheckExample("more are missing", asked, numbers(100, 0, 100, 800, 0), holds=False, others=reference)
        yield CheckExample("ten rows tell nothing", asked, numbers(2, 0, 7, 0, 1), holds=True, others=reference)
        yield CheckExample("nor do none", asked, numbers(0, 0, 0, 0, 0), holds=True, others=reference)

        def texts(**counts: int) -> dict[str, list[object]]:
            return {"y string": [text for text, n in counts.items() for _ in range(n)]}

        claims = {"silver.reference": {"kind string": ["auto"] * 500 + ["home"] * 400 + ["boat"] * 100}}
        kinds = "psi(y, silver.reference, 'auto', 'home', to => kind) < 0.1"
        yield CheckExample("texts", kinds, texts(auto=480, home=420, boat=100), holds=True, others=claims)
        yield CheckExample(
            "other texts are one bin", kinds, texts(auto=400, home=300, life=300), holds=False, others=claims
        )


def _share(condition: str) -> str:
    return f"avg(CASE WHEN {condition} THEN 1 ELSE 0 END)"
