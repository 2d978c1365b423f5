"""Modes: production says where it lies and who runs it, development is each person's own, and run_as meets what it may run."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.fault import Fault, fault
from boathouse.package.bundle_target import SettledBundle
from boathouse.package.package import Package
from boathouse.package.resource_shape import DASHBOARDS, PIPELINES

OWN = ("current_user", "~/")  # a path that is a person's own has one of these
# These run as who deploys them: https://docs.databricks.com/aws/en/dev-tools/bundles/run-as
REFUSE_RUN_AS = ("apps", "model_serving_endpoints", "quality_monitors")


def inspect(package: Package) -> Iterator[Fault]:
    for settled in package.settled:
        if settled.mode == "production":
            yield from _production(settled)
        if settled.mode == "development":
            yield from _development(settled)
        if settled.whole.get("run_as"):
            yield from _run_as(settled)


def _production(settled: SettledBundle) -> Iterator[Fault]:
    path = ("targets", settled.target)
    root = settled.whole.get("workspace", "root_path")
    if root is None:
        said, hint = "production has no workspace.root_path", "write root_path: /Workspace/Shared/${bundle.name}"
        yield fault(settled.own, path, said, hint)
    if settled.whole.get("run_as") is None:
        hint = "write run_as: {service_principal_name: ${var.service_principal}}"
        yield fault(settled.own, path, "production has no run_as: it would run as whoever deploys it", hint)
    prefix = settled.whole.get("presets", "name_prefix")
    if prefix and "[dev" in str(prefix.value):
        yield fault(prefix, (*path, "presets", "name_prefix"), "names of production begin as those of development do")
    for key, pipeline in settled.whole.items("resources", PIPELINES):
        at = pipeline.get("development")
        if at and at.value is True:
            yield fault(at, ("resources", PIPELINES, key, "development"), "a pipeline of production is no development")


def _development(settled: SettledBundle) -> Iterator[Fault]:
    path = ("targets", settled.target)
    root = settled.own.get("workspace", "root_path") or settled.bundle.whole.get("workspace", "root_path")
    if root and not any(word in str(root.value) for word in OWN):
        hint = "leave it out, or write ${workspace.current_user.userName} into it"
        yield fault(root, (*path, "workspace", "root_path"), "two developers would overwrite each other's files", hint)
    pause = settled.whole.get("presets", "trigger_pause_status")
    if pause and pause.value == "UNPAUSED":
        said = "development pauses schedules and triggers"
        yield fault(pause, (*path, "presets", "trigger_pause_status"), said, "leave it out")


def _run_as(settled: SettledBundle) -> Iterator[Fault]:
    for kind in REFUSE_RUN_AS:
        for key, each in settled.whole.items("resources", kind):
            said = f"`{kind}` run as who deploys them, and the target `{settled.target}` has run_as"
            yield fault(each, ("resources", kind, key), said, "put it into a bundle of its own")
    for key, each in settled.whole.items("resources", DASHBOARDS):
        at = each.get("embed_credentials")
        if at and at.value is True:
            said = f"credentials are embedded of who deploys, and the target `{settled.target}` has run_as"
            path = ("resources", DASHBOARDS, key, "embed_credentials")
            yield fault(at, path, said, "leave it out, or put the dashboard into a bundle of its own")
