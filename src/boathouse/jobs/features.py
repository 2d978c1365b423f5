"""Hold the table that a model learns from against what the model's file says of it, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from boathouse.model_file import ModelSpec
from boathouse.scheduled_job import Job, JobResult, Site


class Features(Job):
    """Hold the table that a model learns from against what the model's file says of it, before anything is trained."""

    table: str = Field(default="", description="the table to look at; by default the file's")

    def run(self, site: Site) -> JobResult:
        """Tell what holds, as an event that the training's version is judged by."""
        spec = self.spec(site)
        source = site.place(spec.table)
        version = site.lake.version(source)
        hooks = site.hooks.about(model=spec.registry_name, data_version=f"{source}@{version}")
        hooks.pre_data_validation()
        with hooks.telling_failure("data_validation"):
            found = dict(checks(spec, site.lake.read(source, spec.columns, version)))
        hooks.post_data_validation({"passed": not any(found.values()), "checks": found})
        hooks.post_feature_engineering(spec.features)
        broken = "; ".join(filter(None, found.values()))
        return JobResult(
            f"{spec.name} may learn from {source}@{version}" if not broken else "",
            rows=tuple({"check": name, "holds": not said, "found": said} for name, said in found.items()),
            refused=f"{source}@{version}: {broken}" if broken else "",
            then=f"job train --model {spec.name}" if self.model else "job train",
        )


def checks(spec: ModelSpec, rows: pa.Table) -> Iterator[tuple[str, str]]:
    """Give each check with what breaks it; nothing where it holds."""
    yield "has rows", "" if rows.num_rows else "it has no rows"
    nulls = sum(rows[name].null_count for name in spec.key)
    yield "the key is never null", f"{nulls:,} keys are null" if nulls else ""
    twice = rows.num_rows - rows.group_by(list(spec.key)).aggregate([]).num_rows
    yield "the key names one row", f"{twice:,} rows have a key that is there already" if twice else ""
    for name in spec.numerical:
        kind = rows.schema.field(name).type
        number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)  # fmt: skip
        yield f"{name} is a number", "" if number else f"`{name}` is {kind}, and no number"
    for name in spec.features:
        empty = rows.num_rows and rows[name].null_count == rows.num_rows
        yield f"{name} has values", f"`{name}` has no value at all" if empty else ""
    if spec.label:
        values = pc.count_distinct(rows[spec.label], mode="only_valid").as_py()
        yield f"{spec.label} tells two things apart", "" if values > 1 else f"`{spec.label}` has {values} values"
