"""Target mode: what development and presets change in the settings of resources before they are deployed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from boathouse.package.bundle_target import SettledBundle
from boathouse.package.resource_shape import DASHBOARDS, EXPERIMENTS, JOBS, MODELS, PIPELINES, SCHEMAS

PAUSED = "PAUSED"
NAMES = ("name", "display_name")
STARTS = ("schedule", "trigger", "continuous")


def moded(settled: SettledBundle, kind: str, settings: Mapping[str, Any], user: str) -> dict[str, Any]:
    """Give the settings as the target's mode has them: names that say whose they are, and schedules that wait."""
    presets = settled.whole.get("presets")
    said: dict[str, Any] = presets.plain if presets else {}
    development = settled.mode == "development"
    prefix = str(said.get("name_prefix", f"[dev {user}] " if development else ""))
    made = _named(kind, settings, prefix)
    tags = dict(said.get("tags", {})) | ({"dev": user} if development else {})
    if kind in (JOBS, PIPELINES) and tags:
        made["tags"] = tags | made.get("tags", {})
    if kind == JOBS:
        status = PAUSED if development else str(said.get("trigger_pause_status", ""))
        made = _started(made, status, forced=development)
        if "jobs_max_concurrent_runs" in said:
            made.setdefault("max_concurrent_runs", said["jobs_max_concurrent_runs"])
    if kind == PIPELINES and said.get("pipelines_development", development):
        made.setdefault("development", True)
    return made


def names(settled: SettledBundle, user: str) -> dict[str, str]:
    """Give what references to names of resources stand for, such as resources.schemas.gold.name."""
    found: dict[str, str] = {}
    for kind, each in settled.whole.items("resources"):
        for key, one in each.items():
            made = moded(settled, kind, one.plain, user)
            found |= {f"resources.{kind}.{key}.{word}": str(made[word]) for word in NAMES if word in made}
    return found


def _named(kind: str, settings: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    made = dict(settings)
    if kind in (SCHEMAS, MODELS) and prefix:  # `[dev ada] ` is no part of an identifier; a volume stands in a schema
        made["name"] = f"{re.sub(r'[^a-zA-Z0-9]+', '_', prefix).strip('_')}_{made['name']}"
    if kind in (JOBS, PIPELINES):
        made["name"] = f"{prefix}{made['name']}"
    if kind == DASHBOARDS:
        made["display_name"] = f"{prefix}{made['display_name']}"
    if kind == EXPERIMENTS and prefix:
        path = PurePosixPath(made["name"])
        made["name"] = str(path.with_name(f"{prefix}{path.name}"))
    return made


def _started(job: dict[str, Any], status: str, *, forced: bool) -> dict[str, Any]:
    """Pause what starts a job, or let it; in development whatever the job itself says."""
    if not status:
        return job
    said = {"pause_status": status}
    return job | {key: job[key] | said if forced else said | job[key] for key in STARTS if key in job}
