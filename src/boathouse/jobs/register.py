"""Give the best of the models that were trained last an alias, if every gate lets it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from boathouse.errors import CheckFailed
from boathouse.hook_events import HookEvent
from boathouse.scheduled_job import Job, JobResult, Site, names

# Of two that pass, that which the labels speak for; without labels the one that the model's file names first.
BY = ("average_precision", "auc")


class Register(Job):
    """Give the best of the models that were trained last an alias, if every gate lets it."""

    model_type: str = Field(default="", description="candidates, with commas; by default all that were trained")
    alias: Literal["champion", "challenger"] = Field(default="champion", description="what the best is to be")

    def run(self, site: Site) -> JobResult:
        """Ask the gates about each candidate, the best first; the first that passes is taken."""
        spec = self.spec(site)
        refused = []
        # A stable sort: the file's order where nothing was measured.
        for event in sorted(site.trainings(spec, names(self.model_type)), key=measured, reverse=True):
            version, kind = int(event.subject.model_version), event.subject.model_type
            hooks = site.hooks.of(event.subject)
            try:
                hooks.pre_deployment(self.alias)
                site.promote(spec.registry_name, version, self.alias)
            except CheckFailed as error:
                refused.append({"version": version, "model_type": kind, "refused": error.message})
                continue
            hooks.post_deployment({"alias": self.alias})
            said = f"{spec.name} version {version} ({kind}) is the {self.alias}"
            return JobResult(said, numbers={"version": version}, rows=tuple(refused), then="job score")
        why = "; ".join(f"version {each['version']}: {each['refused']}" for each in refused)
        return JobResult("", rows=tuple(refused), refused=f"no version of {spec.name} may be the {self.alias}: {why}")


def measured(event: HookEvent) -> tuple[float, ...]:
    metrics = event.details.get("metrics", {})
    return tuple(float(metrics.get(name, 0.0)) for name in BY)
