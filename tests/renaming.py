"""Gives the columns of a step's example other names, wherever its fields say that they hold a column's name."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import sqlglot
from pydantic import BaseModel
from sqlglot import exp

from boathouse.step import MISFITS, ColumnName, Example, Step
from examples import Frame, Tables, split_key


def renamed(example: Example, new_names: Callable[[int], str]) -> Example:
    """Rename every column that is given, and every one that the step names."""
    names = {name: new_names(at) for at, name in enumerate(names_of(example))}
    step = rename_step(example.step, names)
    given = rename_frame(example.given, names)
    others = {table: rename_frame(frame, names) for table, frame in example.others.items()}
    moved = replace(example, step=step, given=given, others=others)
    # What the step makes of a name (fee -> fee_is_null) it says itself; that it says so rightly, the example shows.
    after = step.after(Tables.of(moved).relation("df", "duckdb")).names
    kinds = [split_key(key, values)[1] for key, values in example.then.items()]
    then = {f"{name} {kind}": values for name, kind, values in zip(after, kinds, example.then.values(), strict=True)}
    if MISFITS in after:
        key = f"{MISFITS} array<string>"
        then[key] = [[_reason(text, names) for text in reasons] for reasons in then[key]]
    return replace(moved, then=then)


def _reason(text: str, names: dict[str, str]) -> str:
    """Rename the column that a reason begins with: `x is no int: one`."""
    name, said = text.split(" is no ", 1)
    return f"{names[name]} is no {said}"


def names_of(example: Example) -> list[str]:
    """List the columns of an example, each once."""
    frames = [example.given, *example.others.values()]
    given = [split_key(key, values)[0] for frame in frames for key, values in frame.items()]
    return list(dict.fromkeys([*given, *named_columns(example.step)]))


def rename_frame(frame: Frame, names: dict[str, str]) -> Frame:
    keyed = {split_key(key, values): values for key, values in frame.items()}
    return {f"{names[name]} {kind}": values for (name, kind), values in keyed.items()}


def named_columns(step: Step) -> Iterator[str]:
    """Say which columns a step names in its fields."""
    seen: list[str] = []

    def note(name: str) -> str:
        seen.append(name)
        return name

    for name, hint in hints(step).items():
        _mapped(getattr(step, name), hint, note)
    for expression in step.expressions():
        seen.extend(column.name for column in sqlglot.parse_one(expression, read="databricks").find_all(exp.Column))
    yield from dict.fromkeys(seen)


def rename_step(step: Step, names: dict[str, str]) -> Step:
    fields = {
        name: _mapped(getattr(step, name), hint, lambda old: names.get(old, old)) for name, hint in hints(step).items()
    }
    for name, value in fields.items():
        if value in step.expressions():
            fields[name] = rename_expression(value, names)
    return type(step).model_validate(fields)


def rename_expression(sql: str, names: dict[str, str]) -> str:
    tree = sqlglot.parse_one(sql, read="databricks")
    for column in tree.find_all(exp.Column):
        column.set("this", exp.to_identifier(names.get(column.name, column.name), quoted=True))
    return str(tree.sql(dialect="databricks"))


def hints(model: BaseModel) -> dict[str, Any]:
    every = get_type_hints(type(model), include_extras=True)
    return {name: every[name] for name in type(model).model_fields}


def _mapped(value: Any, hint: Any, name: Callable[[str], str]) -> Any:
    """Walk a value beside its type, and change what the type calls a ColumnName."""
    if hint == ColumnName:
        return name(value) if isinstance(value, str) else value
    if isinstance(value, BaseModel):
        return {field: _mapped(getattr(value, field), inner, name) for field, inner in hints(value).items()}
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return next(
            (new for new in (_mapped(value, arm, name) for arm in inside if fits(value, arm)) if new != value), value
        )
    if origin is Annotated:
        return _mapped(value, inside[0], name)
    if isinstance(value, dict) and inside:
        return {_mapped(key, inside[0], name): _mapped(item, inside[1], name) for key, item in value.items()}
    if isinstance(value, list | tuple) and inside:
        return [_mapped(item, inside[0], name) for item in value]
    return value


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value can be of one arm of a union, by its outermost type."""
    origin = get_origin(hint)
    outer = get_args(hint)[0] if origin is Annotated else origin or hint
    return not isinstance(outer, type) or isinstance(value, outer)
