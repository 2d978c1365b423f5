"""Hold the flags of the models that were trained against the groups of protected attributes; bias ends as failed."""

from __future__ import annotations

import pyarrow as pa
from pydantic import Field

from boathouse.errors import UserError
from boathouse.fairness_check import Scored, check_fairness
from boathouse.hook_events import HookEvent
from boathouse.model_file import ModelSpec
from boathouse.scheduled_job import Job, JobResult, Site, names


class FairnessValidate(Job):
    """Hold the flags of the models that were trained against the groups of protected attributes; bias ends as failed."""

    model_type: str = Field(default="", description="whose scores, with commas; by default all that were trained")
    protected_attributes: str = Field(default="", description="columns, with commas; by default the file's")
    threshold_percentile: float = Field(
        default=0.0, ge=0, lt=100, description="scores above it are flagged; by default the file's"
    )
    output_table: str = Field(default="", description="what was found is added to it; by default fairness_{model}")
    fail: bool = Field(default=True, description="end as failed where a group is treated unfairly, or only tell")

    def run(self, site: Site) -> JobResult:
        """Judge each model by the rows that it was trained on, with the scores of parts that had not seen them."""
        spec, attributes = self.spec(site), names(self.protected_attributes)
        found = [
            check_fairness(site, spec, scored(site, spec, event, attributes), attributes, self.threshold_percentile)
            for event in site.trainings(spec, names(self.model_type))
        ]
        rows = pa.concat_tables([each.rows for each in found])
        target = site.place(self.output_table or f"fairness_{spec.name}")
        version = site.lake.write(target, rows, "append")
        refused = "; ".join(each.refused for each in found if each.refused)
        said = "a group is treated unfairly" if refused else "no group is treated unfairly"
        shown = rows.drop_columns(["checked_at", "data_version"]).to_pylist()
        return JobResult(
            said, {str(target): version}, rows=tuple(shown), refused=refused if self.fail else "", then="job register"
        )


def scored(site: Site, spec: ModelSpec, event: HookEvent, attributes: tuple[str, ...]) -> Scored:
    """Put the scores of a training beside the rows that it was trained on, by their keys."""
    source, _, version = event.subject.data_version.rpartition("@")
    scores, _, at = str(event.details["metrics"]["scores"]).rpartition("@")
    place = site.place(source)
    known = [name for name in (spec.label,) if name in site.lake.columns(place)]
    wanted = dict.fromkeys((*spec.key, *(attributes or spec.protected), *known))
    rows = site.lake.read(place, wanted, int(version))
    own = site.lake.read(site.place(scores), (*spec.key, spec.score), int(at))
    joined = rows.join(own, list(spec.key), join_type="inner")
    if joined.num_rows != rows.num_rows:
        raise UserError(
            f"{rows.num_rows:,} rows of {source} and their scores give {joined.num_rows:,}, so {', '.join(spec.key)} names no row",
            hint="type `boathouse job features`, which says what is wrong with the key",
        )
    return Scored(joined, int(event.subject.model_version), event.subject.model_type, event.subject.data_version)
