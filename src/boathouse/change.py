"""Change: whether a table is new, changed, stale or the same, by what it was built from and what there is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from boathouse.action import Action
from boathouse.fitted import FILE as FITTED
from boathouse.increment import MODEL, ingested_start, refused, rows_since
from boathouse.origin import GONE, Origin, numbers_state
from boathouse.world import World

NAMED = 3  # of what makes a table stale


def with_state(action: Action, upstream: Iterable[Action], waiting: int, world: World) -> Action:
    """Say what state the table is in, and why; the tables that it reads have been asked before."""
    missing = [reference for reference in action.models if not world.model_state(reference)]
    if missing:
        warnings = (f"{MODEL}{each} is not there yet: train it with `boathouse job train`" for each in missing)
        action = replace(action, warnings=(*action.warnings, *warnings))
    origin = world.origin(action.name)
    if origin is None:
        return replace(action, state="new", why="new")
    if origin.fingerprint != action.fingerprint:
        return replace(action, state="changed", why="changed")
    upstream = tuple(upstream)
    inputs = inputs_of(action, world)
    why = _stale(action, upstream, waiting) or _newer(inputs, dict(origin.inputs))
    why = why or _apart(action, origin, world)
    if not why:
        return replace(action, state="same", why="same")
    action = replace(action, state="stale", why=f"stale: {why}", only_new=action.landing is not None)
    if ingested_start(action, upstream) is None:
        return action
    full = refused(action, upstream) or rows_since(action, world, inputs).full_because
    return replace(action, only_new=not full, full_because=full)


def inputs_of(action: Action, world: World) -> dict[str, str]:
    """Say the state of all that a table is made of: the tables and the raw file that it reads, its frozen numbers."""
    inputs = {str(name): world.table_state(name) for name in action.reads}
    if action.table.source is not None and action.landing is None:
        inputs[action.table.source.path] = world.raw_state(action.table.source.path)
    inputs |= {f"{MODEL}{reference}": world.model_state(reference) or GONE for reference in action.models}
    return inputs | numbers_of(action, world)


def numbers_of(action: Action, world: World, learnt: Mapping[str, dict[str, Any]] | None = None) -> dict[str, str]:
    """Say the state of the numbers that the table's steps are frozen with, those learnt just now included."""
    keys = [key for key in action.frozen_keys() if key]
    if not keys:
        return {}
    known = {**world.fitted().get(str(action.name), {}), **(learnt or {})}
    return {FITTED: numbers_state({key: known[key] for key in keys if key in known})}


def _stale(action: Action, upstream: Iterable[Action], waiting: int) -> str:
    due = [f"{other.name} is {other.state}" for other in upstream if other.state != "same"]
    if due:
        return _first(due)
    if waiting:
        return f"{waiting:,} new file{'s'[: waiting > 1]}"
    return "it asks for the time" if action.asks_time else ""


def _newer(now: dict[str, str], then: dict[str, str]) -> str:
    changed = [name for name, state in now.items() if then.get(name) != state]
    models = [name for name in changed if name.startswith(MODEL)]
    if models:
        return _other_model(models[0], now[models[0]], then.get(models[0], GONE))
    return f"{_first(changed)} changed" if changed else ""


def _other_model(name: str, now: str, then: str) -> str:
    """Say which version a model has now, and had: the model claims_fraud@champion is version 4, was 3."""
    new, old = (state.partition(",")[0] for state in (now, then))
    return f"{name} is {new}, was {old.removeprefix('version ')}" if new != old else f"{name} has other files"


def _apart(action: Action, origin: Origin, world: World) -> str:
    """Say that the quarantine is not the table's own: a run that was killed between the two wrote it for another build."""
    apart = world.origin(action.name.quarantine) if action.drops else origin
    return "" if apart and apart.is_of_build(origin) else f"{action.name.quarantine} is of another build"


def _first(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
