"""Chain: SELECTs that read each other in a row, run by DuckDB as one query."""

from __future__ import annotations

from itertools import count

from boathouse.engines.duckdb import DuckDB
from boathouse.relation import Selection

NUMBERS = count(1)

# DuckDB optimises a query of 300 SELECTs over 289 columns in 25 s, and the same in pieces of 24 in 3 s.
LONGEST = 24


class Chain:
    """The SELECT of each step so far; `name` is the last one's, for the next to read."""

    def __init__(self, engine: DuckDB, start: str) -> None:
        self.engine = engine
        self.links: list[tuple[str, list[str]]] = []  # the SELECTs of a link are made one when they are asked
        self.settled = ""  # the rows that were kept last, and what was put into the columns since
        self.changed: frozenset[str] | None = None
        self.apart: list[str] = []  # tables of rows that left the chain
        self.last: frozenset[str] | None = None  # the columns that the last SELECT alone changes, row by row
        self.add(start)

    @property
    def name(self) -> str:
        return self.links[-1][0] if self.links else self.settled

    def add(self, select: str, puts: frozenset[str] | None = None) -> None:
        """Append a SELECT that reads the one before it; `puts` names the columns that it alone changes, row by row.

        Where it looks at none of those that the SELECT before it changes, the two become one: DuckDB takes 20 us a
        column and SELECT, which was 13 of 17 s of a run of 800 steps over 300 columns.
        """
        apart = bool(self.links) and self.last is not None and puts is not None and not self.last & puts
        if apart and isinstance(select, Selection) and isinstance(self.links[-1][1][-1], Selection):
            self.links[-1][1].append(select)
        else:
            self.links.append((f"df_{next(NUMBERS)}", [select]))
            self.last = frozenset()
        self.last = None if puts is None or self.last is None else self.last | puts
        self.changed = None if puts is None or self.changed is None else self.changed | puts

    def unchanged(self, columns: frozenset[str]) -> bool:
        """Tell whether the kept rows still hold these columns as they are now."""
        return bool(self.settled) and self.changed is not None and not self.changed & columns

    def query(self, select: str) -> str:
        """Put the chain before a SELECT that reads its links by name."""
        if not self.links:
            return select
        links = ", ".join(f"{name} AS ({_one(selects)})" for name, selects in self.links)
        return f"WITH {links} {select}"

    def settle(self) -> None:
        """Compute the rows once and keep them, so that what is asked next does not compute them again."""
        if self.links:
            name = f"settled_{next(NUMBERS)}"
            self.engine.execute(f"CREATE TEMP TABLE {name} AS {self.query(f'SELECT * FROM {self.name}')}")
            self.forget()
            self.settled, self.links = name, []
        self.changed, self.last = frozenset(), None

    def part(self, column: str) -> None:
        """Let the rows leave whose list in this column has entries; the others go on without it."""
        self.settle()
        name = f"apart_{next(NUMBERS)}"
        self.engine.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {self.name} WHERE len({column}) > 0")
        self.apart.append(name)
        self.add(f"SELECT * EXCLUDE ({column}) FROM {self.name} WHERE len({column}) = 0")

    def end(self) -> None:
        """Give back the memory of all that was kept."""
        self.forget()
        for name in self.apart:
            self.engine.execute(f"DROP TABLE {name}")

    def shorten(self) -> None:
        """Settle a chain that has grown long; to be called before the next SELECT is written, which names the last."""
        if len(self.links) >= LONGEST:
            self.settle()

    def forget(self) -> None:
        """Give back the memory of the rows that were kept."""
        if self.settled:
            self.engine.execute(f"DROP TABLE {self.settled}")
        self.settled = ""


def _one(selects: list[str]) -> str:
    selections = [select for select in selects if isinstance(select, Selection)]
    return Selection.merged(selections) if len(selections) > 1 else selects[0]
