"""Hold today's rows and scores against those that a model was trained on; major drift, or bias, ends as failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pydantic import Field

from boathouse.fairness_check import Scored, check_fairness
from boathouse.model_file import ModelSpec
from boathouse.scheduled_job import Job, JobResult, Site, names

ROW = pa.schema({
    "checked_at": pa.timestamp("us", "UTC"), "model_version": pa.int64(), "data_version": pa.string(), "reference": pa.string(),
    "feature": pa.string(), "psi": pa.float64(), "critical_value": pa.float64(), "jensen_shannon": pa.float64(),
    "missing_reference": pa.float64(), "missing_current": pa.float64(), "unseen_current": pa.float64(), "drift": pa.string(),
})  # fmt: skip


class Monitor(Job):
    """Hold today's rows and scores against those that a model was trained on; major drift, or bias, ends as failed."""

    alias: str = Field(default="champion", description="which version: champion or challenger")
    table: str = Field(default="", description="today's rows; by default the file's table")
    protected_attributes: str = Field(default="", description="columns, with commas; by default the file's")
    threshold_percentile: float = Field(
        default=0.0, ge=0, lt=100, description="scores above it are flagged; by default the file's"
    )
    output_table: str = Field(default="", description="what was found is added to it; by default drift_{model}")
    fail: bool = Field(default=True, description="end as failed where there is major drift or bias, or only tell")

    def run(self, site: Site) -> JobResult:
        """Tell of drift and of fairness, and end as failed after both are written."""
        spec, attributes = self.spec(site), names(self.protected_attributes)
        version = site.registry.version(spec.registry_name, self.alias)
        then, now = compared(site, spec, version, self.table, attributes)
        document = drift(site, spec, version, (then, now))
        target = site.place(self.output_table or f"drift_{spec.name}")
        tables = {str(target): site.lake.write(target, drift_rows(document, then, now), "append")}
        refused = [f"major drift of {', '.join(document['drifted_features']['major'])}"] if is_major(document) else []
        if attributes or spec.protected:
            fairness = check_fairness(site, spec, now, attributes, self.threshold_percentile)
            place = site.place(f"fairness_{spec.name}")
            tables[str(place)] = site.lake.write(place, fairness.rows, "append")
            refused += [fairness.refused] if fairness.refused else []
        said = f"{spec.name} version {version.version}: {document['rows']:,} rows of {now.data_version}, drift is {document['drift_status']}"
        shown = [{"feature": name, "psi": round(psi, 4)} for name, psi in document["psi_values"].items()]
        return JobResult(said, tables, rows=tuple(shown), refused="; ".join(refused) if self.fail else "")


def compared(
    site: Site, spec: ModelSpec, version: Any, table: str, attributes: tuple[str, ...]
) -> tuple[Scored, Scored]:
    """Read the rows that it was trained on and today's, both scored by it: so the same rows have the same scores."""
    from boathouse.ml.tracking.given import scored

    model = site.registry.load(version)
    (trained, number), *_ = version.tables.items()
    source, now = site.place(trained), site.place(table or trained)
    known = [name for name in (spec.label,) if name in site.lake.columns(now)]
    read = ((source, number, ()), (now, site.lake.version(now), (*(attributes or spec.protected), *known)))
    made = []
    for place, at, more in read:
        rows = site.lake.read(place, dict.fromkeys((*model.columns, *more)), at)
        kind = getattr(model, "model_type", version.kind)
        made.append(Scored(rows.append_column(spec.score, scored(model, rows)), version.version, kind, f"{place}@{at}"))
    return made[0], made[1]


def drift(site: Site, spec: ModelSpec, version: Any, rows: tuple[Scored, Scored]) -> dict[str, Any]:
    """Compare each feature and the score, tell of it as an event, and note it for whoever promotes the version."""
    from boathouse.ml.drift.psi_monitor import PSIMonitor

    then, now = rows
    hooks = site.hooks.about(
        model=spec.registry_name,
        model_version=str(now.version),
        model_type=now.model_type,
        data_version=now.data_version,
    )
    hooks.pre_drift_detection({"reference": then.data_version})
    with hooks.telling_failure("drift_detection"):
        document = PSIMonitor(then.rows).detect_drift(now.rows.select(then.rows.column_names))
    hooks.post_drift_detection(document)
    told = f"{document['drift_status']} from {then.data_version} to {now.data_version}"
    site.registry.note(version, "drift", passed=not is_major(document), told=told)
    return document


def is_major(document: dict[str, Any]) -> bool:
    return bool(document["drift_status"] == "major")


def drift_rows(document: dict[str, Any], then: Scored, now: Scored) -> pa.Table:
    """Give what was found as a row a feature."""
    status = {name: kind for kind, drifted in document["drifted_features"].items() for name in drifted}
    said = {
        "checked_at": datetime.now(UTC), "model_version": now.version, "data_version": now.data_version,
        "reference": then.data_version,
    }  # fmt: skip
    rows = [
        {**said, **each, "feature": name, "drift": status.get(name, "stable")}
        for name, each in document["features"].items()
    ]
    return pa.Table.from_pylist([{name: row[name] for name in ROW.names} for row in rows], schema=ROW)
