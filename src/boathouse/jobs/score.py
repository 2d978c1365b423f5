"""Score every row of a table by the version of a model that an alias names, a chunk at a time, whole or not at all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pydantic import Field

from boathouse.model_file import ModelSpec
from boathouse.scheduled_job import Job, JobResult, Site


class Score(Job):
    """Score every row of a table by the version of a model that an alias names, a chunk at a time, whole or not at all."""

    alias: str = Field(default="champion", description="which version: champion or challenger")
    version: int = Field(default=0, ge=0, description="which version, by its number")
    table: str = Field(default="", description="the table to score; by default the file's")
    output_table: str = Field(default="", description="where the scores go; by default pred_{model}")

    def run(self, site: Site) -> JobResult:
        """Write the keys with their scores."""
        spec = self.spec(site)
        version = site.registry.version(spec.registry_name, self.version or self.alias)
        model = site.registry.load(version)
        source, target = site.place(spec.table), site.place(self.output_table or f"pred_{spec.name}")
        columns = tuple(dict.fromkeys((*spec.key, *model.columns)))
        at = site.lake.transform(source, target, columns, Scorer(model, spec, version.version))
        said = f"{spec.name} version {version.version} scored {source} into {target}@{at}"
        first = (
            f"query 'SELECT * FROM {site.lake.namespace.short(target)} ORDER BY {spec.score} DESC LIMIT 10' --at newest"
        )
        return JobResult(said, {str(target): at}, {"version": version.version}, then=first)


class Scorer:
    """What becomes of a chunk of rows; Spark sends it to its executors."""

    def __init__(self, model: Any, spec: ModelSpec, version: int) -> None:
        self.model, self.key, self.column, self.version = model, spec.key, spec.score, version

    def __call__(self, rows: pa.Table) -> pa.Table:
        from boathouse.ml.tracking.given import scored

        scores = scored(self.model, rows)
        keys = {name: rows[name] for name in self.key}
        return pa.table({**keys, self.column: scores, "model_version": pa.repeat(self.version, rows.num_rows)})
