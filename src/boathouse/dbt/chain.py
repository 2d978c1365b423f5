"""dbt chain: SELECTs that read each other as CTEs, a step each, named after what it does."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent

from boathouse.names import slug
from boathouse.sql_pair.reserved_words import is_plain
from boathouse.step import Step


class Chain:
    """The CTEs so far; `name` is the last one's, for the next to read."""

    def __init__(self, name: str, select: Sequence[str]) -> None:
        self.links: list[str] = []
        self.first = list(select)
        self.names: list[str] = []
        self.add(name, select)

    @property
    def name(self) -> str:
        return self.names[-1]

    def add(self, name: str, select: Sequence[str], comments: Sequence[str] = ()) -> None:
        again = sum(known == name or known.startswith(f"{name}__") for known in self.names)
        name = f"{name}__{again + 1}" if again else name
        self.names.append(name)
        self.links.append("\n".join([*comments, f"{name} AS (", indent("\n".join(select), "    "), ")"]))

    def query(self, select: Sequence[str]) -> str:
        """Put the chain before a SELECT; one that only passes on what a single link has is not written."""
        if len(self.links) == 1 and list(select) == [f"SELECT * FROM {self.name}"]:
            return "\n".join([*self.first, ""])
        links = ",\n\n".join(self.links)
        return "\n".join([f"WITH {links}", "", *select, ""])


def link_name(step: Step) -> str:
    """Name a step's CTE: cap_outliers_fee, join_silver_plans, cast_columns."""
    column, columns = getattr(step, "column", ""), getattr(step, "columns", ())
    of = [column] if column else list(columns) if len(columns) == 1 else []
    of = of or [table.replace(".", "_") for table in step.reads()]
    name = slug("_".join([step.step, *map(str, of)]))
    return name if is_plain(name) else f"{name}_columns"
