"""Increment: the rows that a table lacks of the ingested table that it reads, or why all rows have to be read.

A table can grow by the rows that came since where a row's fate depends on that row alone, up to a last step (dedupe)
that makes of its own rows and new ones what it would make of all. All else that it was built from must be what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boathouse.action import Action, Stage
from boathouse.arrivals import TOLD
from boathouse.dialect import is_by_row
from boathouse.fitted import FILE as FITTED
from boathouse.pipeline import Rule
from boathouse.world import World

MODEL = "the model "  # before the name of one, among what a table was built from
SOURCE_FILE = TOLD.names[-1]  # no old row has that of a new one, for a file is taken in once


@dataclass(frozen=True)
class Increment:
    """The query that reads the new rows; where there is none, why all are read."""

    query: str = ""
    full_because: str = ""


def ingested_start(action: Action, upstream: Sequence[Action]) -> Action | None:
    """Give the ingested table that a table's steps start from, if there is one."""
    return next((other for other in upstream if other.name == action.table.reads and other.landing), None)


def refused(action: Action, upstream: Sequence[Action]) -> str:
    """Say what in the definition of a table, or in the tables above it, wants all rows to be read."""
    source = ingested_start(action, upstream)
    if source is None:
        return "it does not start from an ingested table"
    due = [other for other in upstream if str(other.name) in _decides(action) and other.state != "same"]
    if due:
        return f"{due[0].name} is {due[0].state}"
    for stage in action.stages:
        if not stage.step.alone() and stage is not merging(action):
            return f"{stage.step.step} looks at more than one row"
    itself = next((rule for rule in action.rules if str(source.name) in rule.check.reads()), None)
    if itself:
        return f"`{itself.name}` looks at all of {source.name}"
    rule = next((rule for rule in _drops(action) if not asks_rows_alone(rule)), None)
    return f"`{rule.name}` looks at more than one row" if rule else ""


def _drops(action: Action) -> tuple[Rule, ...]:
    """Give the rules that are not asked again of the table's own rows."""
    return () if merging(action) else action.drop_rules


def _decides(action: Action) -> tuple[str, ...]:
    """Name what else decides about the table's own rows: other tables, the numbers of its steps, and models."""
    models = (f"{MODEL}{reference}" for reference in action.models)
    return (FITTED, *models, *(name for rule in _drops(action) for name in rule.check.reads()))


def merging(action: Action) -> Stage | None:
    """Give the last stage, if its step can go on from the table's own rows."""
    if not action.stages or action.misfits:  # those left before the last step, and lie among those that left after it
        return None
    *before, last = action.stages
    schema = action.schema
    kept = {c.name for c in last.table.schema if c.name in schema and schema[c.name].type == c.type}
    apart = SOURCE_FILE if all(stage.step.passes(SOURCE_FILE) for stage in before) else ""
    return last if last.step.merges(last.table, kept, apart) else None


def asks_rows_alone(rule: Rule) -> bool:
    """Tell whether a row that the rule has passed needs no second look."""
    return rule.check.by_row and rule.check.alone and not rule.check.asks_time and all(
        map(is_by_row, rule.check.expressions())
    )  # fmt: skip


def rows_since(action: Action, world: World, inputs: Mapping[str, str]) -> Increment:
    """Find the rows that came since the table was built, if nothing else of what it was built from is another."""
    origin, reads = world.origin(action.name), action.table.reads
    if origin is None or reads is None or origin.fingerprint != action.fingerprint:
        return Increment(full_because="it was not built by this definition")
    other = next((name for name in _decides(action) if inputs.get(name) != origin.inputs.get(name)), "")
    if other:
        return Increment(full_because=f"{other} changed")
    since = origin.inputs.get(str(reads), "")
    if not since.isdigit() or not origin.reads or origin.reads != world.table_id(reads):
        return Increment(full_because=f"which rows of {reads} it has is not known")
    if world.types(reads) != action.start.types:
        return Increment(full_because=f"columns of {reads} change")
    if list(world.types(action.name).items()) != list(action.schema.types.items()):
        return Increment(full_because="its columns change")
    if action.drops:
        apart = world.origin(action.name.quarantine)
        if apart is None or apart.run != origin.run:
            return Increment(full_because="its quarantine is of another run")
    query = world.gained(reads, int(since), int(inputs[str(reads)]))
    return Increment(query) if query else Increment(full_because=f"rows of {reads} were changed, too")
