"""The findings files: one a data set, in the keys of the seed's explorations with our own beside them, and one for all together.

What the seed's keys say is derived from what our keys hold, so that only the latter are read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import md5
from pathlib import Path
from typing import Any

import yaml

from boathouse import yaml_file
from boathouse.errors import FileError
from boathouse.probe import ColumnProfile, DatasetFindings, Finding, MultiFindings, Relationship
from boathouse.profiling.quality import Quality, issues_of, quality_of
from boathouse.schema import Column, Schema

TOGETHER = "multi_dataset_findings.yaml"
WINDOWS = ["24h", "7d", "30d", "90d", "180d", "365d", "all_time"]
BINARY = 2

# libyaml's reader and writer where the wheel has them: 10,000 columns take 10 s with them, and minutes without.
READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WRITER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def save(found: MultiFindings, folder: Path, root: Path | None = None) -> list[Path]:
    """Write the files into a folder; with a root, sources inside of it are named from there, so that a project can move."""
    datasets = tuple(replace(data, source=portable(data.source, root)) for data in found.datasets)
    written = []
    for data in datasets:
        path = folder / file_name(data)
        yaml_file.write_whole(path, dump(plain(dataset_document(data, datetime.now(UTC)))))
        written.append(path)
    together = folder / TOGETHER
    yaml_file.write_whole(together, dump(plain(together_document(replace(found, datasets=datasets), folder))))
    return [*written, together]


def load(folder: Path) -> MultiFindings:
    """Read back what save wrote."""
    path = folder / TOGETHER
    if not path.exists():
        raise FileError(f"there are no findings in {folder}", hint="type `boathouse explore PATHS` first")
    try:
        document = parse(path)
        datasets = tuple(read_dataset(folder / entry["findings_file"]) for entry in document["datasets"].values())
        links = tuple(read_relationship(entry) for entry in document["relationships"])
        return MultiFindings(datasets, links, document["primary_entity_dataset"], tuple(document["event_datasets"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise FileError(
            f"{path} does not have the form of findings: {error}", hint="type `boathouse explore PATHS` again"
        ) from error


def dump(data: Any) -> str:
    """Write YAML that both YAML 1.1 and 1.2 read back the same: `no` is quoted."""
    return str(yaml.dump(data, Dumper=WRITER, sort_keys=False, allow_unicode=True, width=120))


def parse(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=READER)  # noqa: S506 - both loaders are safe ones
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise FileError(f"{path} is no YAML: {said}", hint="type `boathouse explore PATHS` again") from error
    except OSError as error:
        raise FileError(
            f"{path} cannot be read: {error.strerror}", hint="type `boathouse explore PATHS` again"
        ) from error


def file_name(data: DatasetFindings) -> str:
    """Name the file as the seed does: the data set, and six letters of its source's hash."""
    letters = md5(str(data.source.get("path", "")).encode(), usedforsecurity=False).hexdigest()[:6]
    return f"{data.name}_{letters}_findings.yaml"


def portable(source: Mapping[str, Any], root: Path | None) -> dict[str, Any]:
    if root is None or "path" not in source:
        return dict(source)
    path, home = Path(source["path"]).resolve(), root.resolve()
    return {**source, "path": path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)}


def dataset_document(data: DatasetFindings, at: datetime) -> dict[str, Any]:
    """Write one data set: the seed's keys in the seed's order, then ours."""
    quality = quality_of(data)
    return {
        "source_path": data.source.get("path", ""), "source_format": data.source.get("format", ""),
        "exploration_timestamp": at.isoformat(timespec="seconds"),
        "row_count": data.row_count, "column_count": len(data.columns),
        "memory_usage_mb": round(sum(c.universal_metrics.get("memory_size_bytes", 0) for c in data.columns) / 2**20, 3),
        "columns": {column.name: column_document(data, column, quality) for column in data.columns},
        "target_column": data.target, "target_type": target_type(data),
        "identifier_columns": [column.name for column in data.columns if column.inferred_type == "identifier"],
        "datetime_columns": [column.name for column in data.columns if column.inferred_type == "datetime"],
        "overall_quality_score": quality.score, "critical_issues": quality.critical, "warnings": quality.warnings,
        "modeling_ready": quality.modeling_ready, "blocking_issues": quality.blocking, "metadata": {},
        "time_series_metadata": {"granularity": data.granularity, "entity_column": data.entity_column, "time_column": data.time_column},
        "name": data.name, "source": data.source, "schema": data.schema.types,
        "findings": [{"id": found.id, **asdict(found)} for found in data.findings],
    }  # fmt: skip


def column_document(data: DatasetFindings, column: ColumnProfile, quality: Quality) -> dict[str, Any]:
    issues = issues_of(data, column.name)
    return {
        **asdict(column),
        "alternatives": [],
        "quality_issues": [f"{found.severity.upper()}: {found.says}" for found in issues],
        "quality_score": quality.columns[column.name],
        "cleaning_needed": bool(issues),
    }


def target_type(data: DatasetFindings) -> str | None:
    if data.target is None:
        return None
    classes = data.column(data.target).universal_metrics["distinct_count"]
    return "binary" if classes == BINARY else "multiclass"


def together_document(found: MultiFindings, folder: Path) -> dict[str, Any]:
    return {
        "datasets": {data.name: summary(data, folder) for data in found.datasets},
        "relationships": [relationship_document(link) for link in found.relationships],
        "primary_entity_dataset": found.primary_entity_dataset, "event_datasets": found.event_datasets, "excluded_datasets": [],
        "aggregation_windows": WINDOWS, "notes": {},
    }  # fmt: skip


def summary(data: DatasetFindings, folder: Path) -> dict[str, Any]:
    return {
        "name": data.name, "findings_path": f"{folder.name}/{file_name(data)}", "findings_file": file_name(data),
        "source_path": data.source.get("path", ""), "granularity": data.granularity, "row_count": data.row_count,
        "column_count": len(data.columns), "entity_column": data.entity_column, "time_column": data.time_column,
        "target_column": data.target, "excluded": False,
    }  # fmt: skip


def relationship_document(link: Relationship) -> dict[str, Any]:
    """Write a link as the seed does: left is the parent, which one row of has many of the right."""
    return {
        "left_dataset": link.parent, "right_dataset": link.child, "left_column": link.parent_column, "right_column": link.child_column,
        "relationship_type": link.relationship_type.replace("many_to_one", "one_to_many"), "confidence": link.confidence, "auto_detected": True,
    }  # fmt: skip


def read_relationship(entry: Mapping[str, Any]) -> Relationship:
    kind = entry["relationship_type"].replace("one_to_many", "many_to_one")
    child, parent = (entry["right_dataset"], entry["right_column"]), (entry["left_dataset"], entry["left_column"])
    return Relationship(*child, *parent, kind, entry["confidence"])


def read_dataset(path: Path) -> DatasetFindings:
    document = parse(path)
    time = document["time_series_metadata"]
    return DatasetFindings(
        document["name"], document["source"], Schema(tuple(Column(name, kind) for name, kind in document["schema"].items())),
        document["row_count"], tuple(read_profile(entry) for entry in document["columns"].values()),
        tuple(Finding(**{key: value for key, value in entry.items() if key != "id"}) for entry in document["findings"]),
        document["target_column"], time["granularity"], time["entity_column"], time["time_column"],
    )  # fmt: skip


def read_profile(entry: Mapping[str, Any]) -> ColumnProfile:
    fields = {key: entry[key] for key in ColumnProfile.__dataclass_fields__}
    return ColumnProfile(**{**fields, "evidence": tuple(entry["evidence"])})


def plain(value: Any) -> Any:
    """Make plain YAML data: a tuple is a list, a decimal a number; what is not plain is its text."""
    match value:
        case dict():
            return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
    return str(value)
