"""Lookups: variables of a bundle whose value is the id of what has a name in the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from boathouse.deploy.workspace import Workspace, translated
from boathouse.errors import UnknownName, UserError
from boathouse.package.bundle_target import SettledBundle

# What a lookup may ask for: how it is listed, where its name stands, and its id.
LISTS: dict[str, tuple[Callable[[Any], Iterable[Any]], str, str]] = {
    "cluster": (lambda client: client.clusters.list(), "cluster_name", "cluster_id"),
    "cluster_policy": (lambda client: client.cluster_policies.list(), "name", "policy_id"),
    "instance_pool": (lambda client: client.instance_pools.list(), "instance_pool_name", "instance_pool_id"),
    "notification_destination": (lambda client: client.notification_destinations.list(), "display_name", "id"),
    "pipeline": (lambda client: client.pipelines.list_pipelines(), "name", "pipeline_id"),
    "service_principal": (lambda client: client.service_principals.list(), "display_name", "application_id"),
    "warehouse": (lambda client: client.warehouses.list(), "name", "id"),
}


def looked_up(settled: SettledBundle, workspace: Workspace, given: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the workspace for the ids that a bundle names, but for those that are given."""
    found = {}
    for key, each in settled.bundle.whole.items("variables"):
        lookup = settled.own.get("variables", key, "lookup") or each.get("lookup")
        if lookup and key not in settled.variables and f"var.{key}" not in given:
            for kind, name in lookup.items():
                found[f"var.{key}"] = _id(workspace, kind, str(name.value), key)
    return found


def _id(workspace: Workspace, kind: str, name: str, variable: str) -> str:
    if kind not in LISTS:
        raise UserError(f"a {kind} is not looked up here", hint=f"give its id: --var {variable}=ID")
    every, called, numbered = LISTS[kind]
    with translated(f"looking for the {kind.replace('_', ' ')} `{name}`"):
        there = {str(getattr(each, called)): str(getattr(each, numbered)) for each in every(workspace.client)}
    if name not in there:
        raise UnknownName(kind.replace("_", " "), name, there, where="the workspace")
    return there[name]
