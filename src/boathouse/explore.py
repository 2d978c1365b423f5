"""explore: raw files in, what they hold out; each table is copied into DuckDB once and asked there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from boathouse.errors import SourceError, UnknownName, UserError, did_you_mean
from boathouse.names import slug
from boathouse.probe import (
    PROBES,
    ColumnProfile,
    DatasetFindings,
    Engine,
    Finding,
    MultiFindings,
    Probe,
    RawTable,
    Relationship,
)
from boathouse.profiling.granularity import granularity_of
from boathouse.profiling.raw_table import measure_table
from boathouse.schema import Schema
from boathouse.source import SOURCES, Reader, Source, find_sources

Progress = Callable[[str], None]


class Local(Engine, Reader, Protocol):
    """The local engine, as sources and probes ask it."""


def explore(
    paths: Iterable[str | Path], engine: Local, *, target: str | None = None, on_progress: Progress | None = None
) -> MultiFindings:
    """Explore files, folders and globs together; the target is a column's name, or is chosen by name and values.

    Each table stays in the engine as a temporary table under its data set's name, so that a finding's query can be asked again.
    """
    say = on_progress or (lambda _: None)
    probes = [PROBES.member(name)() for name in PROBES.names()]
    opened = open_sources(paths, engine)
    if target and not any(target in schema for _, _, schema in opened.values()):
        raise UnknownName("column", target, {name for _, _, schema in opened.values() for name in schema.names})
    sources, tables = {}, []
    for name, (path, source, schema) in opened.items():
        say(f"exploring {name}")
        sources[name] = source
        tables.append(
            measure_table(
                engine, name, source.sql(path, schema, engine), schema, target if target and target in schema else None
            )
        )
    findings = [found for table in tables for found in ask(probes, table)]
    say("comparing the tables")
    findings += [found for probe in probes for found in probe.findings_between(tables)]
    return gathered(tables, sources, findings)


def ask(probes: Sequence[Probe], table: RawTable) -> list[Finding]:
    return [found for probe in probes for found in probe.findings(table)]


def open_sources(paths: Iterable[str | Path], engine: Local) -> dict[str, tuple[Path, Source, Schema]]:
    opened: dict[str, tuple[Path, Source, Schema]] = {}
    for path in files(paths):
        for name, (source, schema) in find_sources(path, engine).items():
            opened[free_name(slug(name), opened)] = (path, source, schema)
    return opened


def free_name(name: str, taken: Iterable[str]) -> str:
    """Name a second `orders` orders_2."""
    names = set(taken)
    return next(
        free for free in (name, *(f"{name}_{count}" for count in range(2, len(names) + 3))) if free not in names
    )


def files(paths: Iterable[str | Path]) -> list[Path]:
    """Give the files that are meant: themselves, those of a folder that some source can read, those of a glob."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir() and not suits(path):
            found += readable(path)
        elif path.exists():
            found.append(path)
        else:
            found += globbed(path)
    if not found:
        raise UserError("nothing to explore", hint="give files, folders or globs, such as data/*.csv")
    return list({path.resolve(): path for path in reversed(found)}.values())[::-1]


def readable(folder: Path) -> list[Path]:
    inside = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "_")) and suits(path)]
    if not inside:
        raise SourceError(
            f"{folder} holds no file that can be read", hint=f"the formats are {', '.join(SOURCES.names())}"
        )
    return inside


def suits(path: Path) -> bool:
    return any(SOURCES.member(name).suits(path) for name in SOURCES.names())


def globbed(pattern: Path) -> list[Path]:
    """Read `data/*.csv` where the shell did not; a path that is no glob does not exist."""
    root = Path(pattern.anchor) if pattern.is_absolute() else Path()
    relative = str(pattern.relative_to(root)) if pattern.is_absolute() else str(pattern)
    found = [path for path in sorted(root.glob(relative)) if suits(path)] if set("*?[") & set(relative) else []
    if not found:
        beside = (
            sorted(path.name for path in pattern.parent.iterdir() if suits(path)) if pattern.parent.is_dir() else []
        )
        raise SourceError(f"there is no file {pattern}", hint=did_you_mean(pattern.name, beside))
    return found


def gathered(tables: Sequence[RawTable], sources: dict[str, Source], findings: Sequence[Finding]) -> MultiFindings:
    relationships = tuple(relationship(found) for found in findings if found.probe == "foreign_keys")
    datasets = tuple(dataset(table, sources[table.name], findings) for table in tables)
    return MultiFindings(
        datasets,
        relationships,
        primary_entity(datasets, relationships),
        tuple(data.name for data in datasets if data.granularity == "event_level"),
    )


def primary_entity(datasets: Sequence[DatasetFindings], relationships: Sequence[Relationship]) -> str | None:
    """Choose the table that features are made for: of things, with the target, or else the one most referred to."""
    referred = Counter(link.parent for link in relationships)
    entities = [data for data in datasets if data.granularity == "entity_level"]
    best = max(entities, key=lambda data: (data.target is not None, referred[data.name]), default=None)
    return best.name if best else None


def relationship(found: Finding) -> Relationship:
    n = found.numbers
    assert found.column is not None  # noqa: S101 - a foreign key stands at a column
    return Relationship(
        found.table, found.column, n["parent"], n["parent_column"], n["relationship_type"], n["inclusion"]
    )


def discreet(profile: ColumnProfile, findings: Sequence[Finding]) -> ColumnProfile:
    """Keep personal data out of the findings files, which are committed and shown: the counts stay, the values go."""
    if not any(found.probe == "pii" and found.column == profile.name for found in findings):
        return profile
    values = ("value_counts", "top_categories", "rare_categories", "values_found")
    metrics = {key: value for key, value in profile.type_metrics.items() if key not in values}
    return replace(
        profile, universal_metrics={**profile.universal_metrics, "most_common_value": None}, type_metrics=metrics
    )


def dataset(table: RawTable, source: Source, findings: Sequence[Finding]) -> DatasetFindings:
    own = tuple(found for found in findings if found.table == table.name)
    grain = granularity_of(table, own)
    return DatasetFindings(
        table.name, {"format": source.format, **source.model_dump(exclude_defaults=True)}, table.schema, table.row_count, tuple(discreet(column.profile, own) for column in table.columns), own,
        table.target, grain.name, grain.entity_column, grain.time_column,
    )  # fmt: skip
