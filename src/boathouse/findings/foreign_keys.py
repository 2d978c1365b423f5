"""Which columns refer to a row of another table: their values are values of its key, and their name says so.

Values alone mislead: small whole numbers are values of every counting key. So a name has to speak for the pair, or the
values have to be such as do not agree by accident (UUIDs).
numbers: parent, parent_column, inclusion (share of the child's distinct values that the parent has), orphan_values, orphan_rows,
relationship_type (many_to_one, one_to_one).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.profiling.column_types import ID_WORDS, NEARLY_UNIQUE
from boathouse.profiling.name_words import singular, words
from boathouse.quoting import sql_text
from boathouse.schema import is_integer

ORPHANS = 0.8  # of the distinct values are enough where the name is sure: the others are orphans to be told
COVERED = 0.3  # of the parent's values has a column of plain numbers to use, where only a weak name speaks for it
SURE = 3
LEAST = 3  # distinct values, below which agreement says little
STAGE_WORDS = {"raw", "stg", "staging", "src", "source", "dim", "fct", "fact", "tbl", "table", "bronze", "data"}
PEOPLE = {"user", "customer", "client", "member", "account", "buyer", "subscriber", "consumer"}
GENERIC = {"id", "key", "uuid", "guid", "code", "name", "number"}


@dataclass(frozen=True)
class Match:
    """A column, the key that it may refer to, and how much speaks for that."""

    child: RawTable
    column: RawColumn
    parent: RawTable
    key: RawColumn
    shared: int
    values: int
    name: int  # 4 the name is the parent's, 3 the key's, 2 a part of it is, 1 another word for the same, 0 nothing

    @property
    def inclusion(self) -> float:
        return self.shared / self.values

    @property
    def rank(self) -> tuple[float, ...]:
        return self.name, self.inclusion, self.shared / max(self.key.distinct, 1)

    @property
    def is_credible(self) -> bool:
        if self.name >= SURE:
            return self.inclusion >= ORPHANS
        if self.inclusion < 1 or self.values < (1 if self.name else LEAST):
            return False
        unlike = self.column.counts.get("uuid", 0) > self.column.present / 2
        return unlike or (self.name >= 1 and self.shared >= COVERED * self.key.distinct)


class ForeignKeys(Probe):
    def findings_between(self, tables: Sequence[RawTable]) -> Iterator[Finding]:
        keys = [(table, column) for table in tables for column in table.columns if is_parent_key(table, column)]
        named = {key.name.lower() for _, key in keys}
        children = [(t, c) for t in tables for c in t.columns if is_reference(t, c) or c.name.lower() in named]
        best: dict[tuple[str, str], Match] = {}
        for match in matches(keys, children):
            place = (match.child.name, match.column.name)
            if match.is_credible and (place not in best or match.rank > best[place].rank):
                best[place] = match
        yield from (found(match) for match in without_mirrors(best))


def is_parent_key(table: RawTable, column: RawColumn) -> bool:
    """Take identifiers, though some rows may be there twice, and the first column of a lookup table (plan of plans)."""
    if column.kind == "identifier":
        return column.distinct >= NEARLY_UNIQUE * table.row_count
    return column is table.columns[0] and column.holds == "string" and column.distinct == table.row_count


def is_reference(table: RawTable, column: RawColumn) -> bool:
    """Tell what may refer to something: whatever looks like an identifier, but not a table's own id."""
    if column.distinct == table.row_count and set(words(column.name)) <= GENERIC | own_words(table):
        return False
    named = (words(column.name) or ("",))[-1] in ID_WORDS or column.name.lower().endswith("id")
    return column.kind == "identifier" or column.counts.get("uuid", 0) > 0 or (named and is_plain(column))


def is_plain(column: RawColumn) -> bool:
    return is_integer(column.holds) or column.holds == "string"


def matches(
    keys: Sequence[tuple[RawTable, RawColumn]], children: Sequence[tuple[RawTable, RawColumn]]
) -> Iterator[Match]:
    """Count the shared values of all pairs in one query; where a name is written 0 for nobody, it is left out."""
    if not keys or not children:
        return
    engine = keys[0][0].engine
    parent = " UNION ALL ".join(
        f"SELECT DISTINCT {at} AS i, CAST({c.sql} AS VARCHAR) AS v FROM {t.sql}" for at, (t, c) in enumerate(keys)
    )
    child = " UNION ALL ".join(
        f"SELECT DISTINCT {at} AS i, CAST({c.sql} AS VARCHAR) AS v FROM {t.sql} WHERE {c.sql} IS NOT NULL{no_zero(c)}"
        for at, (t, c) in enumerate(children)
    )
    totals = {row["i"]: row["n"] for row in engine.rows(f"SELECT i, count(*) AS n FROM ({child}) GROUP BY i")}
    shared = engine.rows(
        f"SELECT p.i AS p, c.i AS c, count(*) AS n FROM ({child}) AS c JOIN ({parent}) AS p USING (v) GROUP BY ALL ORDER BY ALL"
    )
    for row in shared:
        (parent_table, key), (table, column) = keys[row["p"]], children[row["c"]]
        if table is not parent_table and is_integer(key.holds) == is_integer(column.holds):
            yield Match(
                table,
                column,
                parent_table,
                key,
                row["n"],
                totals[row["c"]],
                name_evidence(column.name, parent_table, key.name),
            )


def no_zero(column: RawColumn) -> str:
    return f" AND {column.sql} <> {sql_text('0', 'duckdb')}" if column.holds == "string" else ""


def own_words(table: RawTable) -> set[str]:
    return {singular(word) for word in words(table.name) if word not in STAGE_WORDS}


def name_evidence(child: str, parent: RawTable, key: str) -> int:
    """Say how much a child's name speaks for this parent: user_id -> raw_customers.id by another word, order_id -> orders.id surely."""
    told, entity = words(child), [singular(word) for word in words(parent.name) if word not in STAGE_WORDS]
    rest = {singular(word) for word in told} - GENERIC
    flat, whole = "".join(told), "".join(entity)
    if rest == set(entity) or flat in (whole, f"{whole}id"):
        return SURE + 1
    if child.lower() == key.lower() and set(words(key)) - GENERIC:
        return SURE
    if whole and (set(entity) <= rest or flat.removesuffix("id").endswith(whole)):
        return 2
    return 1 if rest & PEOPLE and set(entity) & PEOPLE else 0


def without_mirrors(best: dict[tuple[str, str], Match]) -> list[Match]:
    """Of two keys that refer to each other, keep the one that points to the larger table, or to the one named after it."""
    kept: dict[tuple[str, str], Match] = defaultdict()
    for place, match in best.items():
        mirror = best.get((match.parent.name, match.key.name))
        if (
            mirror
            and mirror.parent.name == match.child.name
            and mirror.key.name == match.column.name
            and weight(mirror) > weight(match)
        ):
            continue
        kept[place] = match
    return list(kept.values())


def weight(match: Match) -> tuple[bool, int, str]:
    """Prefer the parent whose name the column bears, then the larger one, then the first by name."""
    return (
        bool(own_words(match.parent) & {singular(w) for w in words(match.column.name)}),
        match.parent.row_count,
        match.child.name,
    )


def found(match: Match) -> Finding:
    child, column, parent, key = match.child, match.column, match.parent, match.key
    orphans = f"SELECT count(*) AS orphan_rows FROM {child.sql} AS c WHERE c.{column.sql} IS NOT NULL{no_zero(column).replace(column.sql, f'c.{column.sql}')} AND NOT EXISTS (SELECT 1 FROM {parent.sql} AS p WHERE p.{key.sql} = c.{column.sql})"
    rows = child.engine.rows(orphans)[0]["orphan_rows"] if match.inclusion < 1 else 0
    kind = "one_to_one" if column.distinct == column.present else "many_to_one"
    numbers = {
        "parent": parent.name, "parent_column": key.name, "inclusion": round(match.inclusion, 4),
        "orphan_values": match.values - match.shared, "orphan_rows": rows, "relationship_type": kind,
    }  # fmt: skip
    says = f"{column.name} refers to {parent.name}.{key.name}: {match.shared:,} of {match.values:,} values are there"
    says += f"; {rows:,} rows refer to nothing" if rows else ""
    return Finding(child.name, column.name, "foreign_keys", says, numbers, "warning" if rows else "info", orphans)
