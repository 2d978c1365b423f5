"""Layout: which tables of the lake a set of raw tables makes, and how the features table reaches the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from boathouse.names import TableName, slug
from boathouse.probe import DatasetFindings, MultiFindings, Relationship

# Of the entities that any row of a table refers to: with fewer, nearly all of its totals would say 0.
LEAST_REFERRED = 0.2

Role = Literal["bronze", "silver", "aggregate", "features"]


@dataclass(frozen=True)
class Outline:
    """One table to be: what it reads, and the raw table that its rows come from."""

    name: TableName
    role: Role
    data: DatasetFindings
    reads: TableName | None = None


@dataclass(frozen=True)
class Route:
    """How rows of a child table reach the primary entity: directly, or through the table between them."""

    table: TableName  # the child's rows, aggregated by the entity
    data: DatasetFindings
    by: str  # the column that names the entity
    prefix: str  # what the aggregates' names begin with among the features
    last: Relationship  # the one whose parent is the primary entity
    first: Relationship | None = None  # child -> the table between, where there is one


@dataclass(frozen=True)
class Lookup:
    """A table that has at most one row for the primary entity, and what its columns' names begin with among the features."""

    link: Relationship
    prefix: str


def layout(findings: MultiFindings) -> tuple[Outline, ...]:
    """List the tables, each after those that it reads."""
    tables = []
    for data in findings.datasets:
        tables.append(Outline(bronze(data), "bronze", data))
        tables.append(Outline(silver(data), "silver", data, bronze(data)))
    entity = primary(findings)
    if entity is None:
        return tuple(tables)
    tables.extend(Outline(route.table, "aggregate", route.data, silver(route.data)) for route in routes(findings))
    return (*tables, Outline(features(entity), "features", entity, silver(entity)))


def bronze(data: DatasetFindings) -> TableName:
    return TableName("bronze", slug(data.name))


def silver(data: DatasetFindings) -> TableName:
    return TableName("silver", slug(data.name))


def features(data: DatasetFindings) -> TableName:
    return TableName("gold", f"{slug(data.name)}_features")


def primary(findings: MultiFindings) -> DatasetFindings | None:
    """Choose what features are made of: the table with the target, the most referenced one, or explore's choice."""
    chosen = findings.dataset(findings.primary_entity_dataset) if findings.primary_entity_dataset else None
    with_target = [data for data in (chosen, *findings.datasets) if data and data.target]
    if with_target or len(findings.datasets) == 1:
        return (with_target or list(findings.datasets))[0]
    referenced = Counter(
        link.parent
        for link in findings.relationships
        if link.parent != link.child and findings.dataset(link.parent).granularity != "event_level"
    )
    return findings.dataset(referenced.most_common(1)[0][0]) if referenced else chosen


def key(findings: MultiFindings, data: DatasetFindings) -> str | None:
    """Name the column that identifies a row: the entity, or what other tables refer to."""
    if data.granularity != "event_level" and data.entity_column:
        return data.entity_column
    return next((link.parent_column for link in findings.relationships if link.parent == data.name), None)


def lookups(findings: MultiFindings) -> tuple[Lookup, ...]:
    """List the relationships from the primary entity to tables that have at most one row for it."""
    entity = primary(findings)
    links = [link for link in findings.relationships if entity is not None and link.child == entity.name != link.parent]
    counts = Counter(link.parent for link in links)
    return tuple(
        Lookup(link, f"{slug(link.parent if counts[link.parent] == 1 else link.child_column)}_") for link in links
    )


def routes(findings: MultiFindings) -> tuple[Route, ...]:
    """List the ways from other tables to the primary entity, the direct ones first and no table twice but by another column."""
    entity = primary(findings)
    if entity is None:
        return ()
    known = {entity.name, *(lookup.link.parent for lookup in lookups(findings))}
    links = [link for link in findings.relationships if link.parent == entity.name and link.child not in known]
    direct = _telling(findings, links)
    ways: list[tuple[Relationship, Relationship | None]] = [(link, None) for link in direct]
    known |= {link.child for link in links}
    for link in direct:
        for first in findings.relationships:
            if first.parent == link.child and first.child not in known:
                known.add(first.child)
                ways.append((link, first))
    counts = Counter((first or last).child for last, first in ways)
    return tuple(_route(findings, last, first, alone=counts[(first or last).child] == 1) for last, first in ways)


def _telling(findings: MultiFindings, links: list[Relationship]) -> list[Relationship]:
    """Leave out what few entities have, and a second column of a table that names the same entities as the first."""
    kept: dict[tuple[object, ...], Relationship] = {}
    for link in links:
        metrics = findings.dataset(link.child).column(link.child_column).universal_metrics
        most = [metrics.get(name) for name in ("most_common_value", "most_common_frequency")]
        if metrics["distinct_count"] >= LEAST_REFERRED * findings.dataset(link.parent).row_count:
            kept.setdefault((link.child, *(most if None not in most else (link.child_column,))), link)
    return list(kept.values())


def _route(findings: MultiFindings, last: Relationship, first: Relationship | None, *, alone: bool) -> Route:
    child = (first or last).child
    by = f"{slug(last.child)}_{last.child_column}" if first else last.child_column
    table = TableName("gold", f"{slug(child)}_by_{slug(last.child_column)}")
    return Route(table, findings.dataset(child), by, f"{slug(child)}_" if alone else f"{table.table}_", last, first)
