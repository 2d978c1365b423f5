"""Experiments of MLflow, found by their names, which are paths in the workspace."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import EXPERIMENTS, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 4, "experiments"


def find(client: Any, settings: Settings, recorded: str) -> str:
    if recorded and known(client.experiments.get_experiment, recorded):
        return recorded
    found = known(client.experiments.get_by_name, settings["name"])
    return found.experiment.experiment_id if found else ""


def create(client: Any, settings: Settings) -> str:
    made = client.experiments.create_experiment(**arguments(request(EXPERIMENTS), settings))
    return str(made.experiment_id)


def update(client: Any, there: str, settings: Settings) -> None:
    client.experiments.update_experiment(there, new_name=settings["name"])
    for tag in settings.get("tags", ()):
        client.experiments.set_experiment_tag(there, tag["key"], tag["value"])


def delete(client: Any, there: str) -> None:
    client.experiments.delete_experiment(there)
