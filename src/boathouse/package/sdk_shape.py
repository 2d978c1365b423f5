"""Shape: whether data has the keys, types and words that a dataclass asks for; used with those of databricks-sdk.

The SDK's own `from_dict` drops a key that it does not know and makes None of a word that no enum has, so what is
misspelt would leave in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass, make_dataclass
from enum import Enum
from functools import cache
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.located import Located
from boathouse.yaml_file import Path_

WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def misfits(at: Located, kind: Any, path: Path_ = ()) -> Iterator[Fault]:
    """Say where data has another shape than a type; a `${reference}` may stand for anything."""
    kind = _without_none(kind)
    if isinstance(at.value, str) and "${" in at.value:
        return
    if at.value is None and kind is not Any:
        yield fault(at, path, "nothing stands here", f"write {_named(kind)}, or leave the key out")
    elif is_dataclass(kind):
        yield from _of_keys(at, kind, path)
    elif get_origin(kind) in (list, tuple):
        yield from _of_items(at, get_args(kind)[0], path)
    elif get_origin(kind) is dict:
        yield from _of_mapping(at, get_args(kind)[1], path)
    elif kind is not Any and (what := _unfit(at.value, kind)):
        yield fault(at, path, *what)


def shape(call: Callable[..., Any], name: str) -> type:
    """Make a dataclass of a function's parameters: some requests of the SDK have no class of their own."""
    hints = get_type_hints(call)
    parameters = [each for key, each in signature(call).parameters.items() if key != "self"]
    return make_dataclass(
        name,
        [
            (each.name, hints[each.name]) if each.default is Parameter.empty else (each.name, hints[each.name], None)
            for each in parameters
        ],
        kw_only=True,
    )


Keys = Mapping[str, tuple[Any, bool]]


def keys(kind: Any) -> Keys:
    """List the keys of a dataclass: each one's type, and whether it has to be there."""
    return _keys(kind)


@cache
def _keys(kind: Any) -> Keys:
    hints = get_type_hints(kind)
    return {
        each.name: (hints[each.name], each.default is MISSING and each.default_factory is MISSING)
        for each in fields(kind)
    }


def arguments(kind: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make of plain settings the arguments of a request whose keys are a dataclass's; other keys are left out."""
    return {key: _built(hint, settings[key]) for key, (hint, _) in keys(kind).items() if key in settings}


def _built(kind: Any, value: Any) -> Any:
    kind = _without_none(kind)
    if is_dataclass(kind) and isinstance(value, dict):
        made: Any = kind
        return made.from_dict(value)
    if get_origin(kind) is list:
        return [_built(get_args(kind)[0], each) for each in value]
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _of_keys(at: Located, kind: Any, path: Path_) -> Iterator[Fault]:
    if not isinstance(at.value, dict):
        yield fault(at, path, f"expected `key: value` pairs, found {_found(at.value)}")
        return
    known = keys(kind)
    for key, each in at.value.items():
        if key in known:
            yield from misfits(each, known[key][0], (*path, key))
        else:
            yield fault(each, (*path, key), f"unknown key `{key}`", _place_of(key, known) or did_you_mean(key, known))
    for key, (_, required) in known.items():
        if required and key not in at.value:
            yield fault(at, path, f"`{key}` is missing")


def _place_of(key: str, known: Keys) -> str:
    """Say where a key belongs that stands one level too high."""
    inner = ((name, _without_none(hint)) for name, (hint, _) in known.items())
    places = [f"`{name}`" for name, kind in inner if is_dataclass(kind) and key in keys(kind)]
    return f"it belongs into {' or '.join(places[:2])}" if places else ""


def _of_items(at: Located, kind: Any, path: Path_) -> Iterator[Fault]:
    if not isinstance(at.value, list):
        yield fault(at, path, f"expected a list, found {_found(at.value)}")
        return
    for index, each in enumerate(at.value):
        inner = _without_none(kind)
        if is_dataclass(inner) and isinstance(each.value, str) and "${" not in each.value:
            first = next((key for key, (_, required) in keys(inner).items() if required), "")
            hint = f"write {{{first}: {each.value}}}" if first else ""
            yield fault(each, (*path, index), f"expected `key: value` pairs, found {_found(each.value)}", hint)
        else:
            yield from misfits(each, kind, (*path, index))


def _of_mapping(at: Located, kind: Any, path: Path_) -> Iterator[Fault]:
    if not isinstance(at.value, dict):
        yield fault(at, path, f"expected `key: value` pairs, found {_found(at.value)}")
        return
    for key, each in at.value.items():
        yield from misfits(each, kind, (*path, key))


def _unfit(value: Any, kind: Any) -> tuple[str, str] | None:
    """Say why a value is none of a type's, and what to try; None where it is."""
    words = [str(each.value) for each in kind] if isinstance(kind, type) and issubclass(kind, Enum) else None
    words = list(get_args(kind)) if get_origin(kind) is Literal else words
    if words is not None:
        return None if value in words else (f"`{value}` is none of its words", did_you_mean(str(value), words))
    if kind not in WORDS:
        return None
    right = isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
    if right or (kind is float and isinstance(value, int) and not isinstance(value, bool)):
        return None
    scalar = kind is str and isinstance(value, int | float)
    text = str(value).lower() if isinstance(value, bool) else value
    return f"expected {WORDS[kind]}, found {_found(value)}", f'quote it: "{text}"' if scalar else ""


def _without_none(kind: Any) -> Any:
    if get_origin(kind) not in (Union, UnionType):
        return kind
    kinds = [each for each in get_args(kind) if each is not NoneType]
    return kinds[0] if len(kinds) == 1 else Any


def _named(kind: Any) -> str:
    return (
        "a list"
        if get_origin(kind) in (list, tuple)
        else WORDS.get(kind, "its keys" if is_dataclass(kind) else "a value")
    )


def _found(value: Any) -> str:
    if isinstance(value, dict):
        return "`key: value` pairs"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "a list" if isinstance(value, list) else f"`{text}`"
