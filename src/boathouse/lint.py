"""Lint: the rules of good names and habits that a project's tables are held against; a file a rule on its shelf."""

from __future__ import annotations

from boathouse.fault import Fault
from boathouse.plan import Plan
from boathouse.shelf import Shelf

LINTS = Shelf("lints", "rule")


def lint(plan: Plan) -> list[Fault]:
    """List what every rule finds, table by table in the order of the plan; no data is read."""
    return [fault for action in plan.actions for name in LINTS.names() for fault in LINTS.module(name).look(action)]
