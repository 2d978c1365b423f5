"""The shape of a request: whatever the SDK sends and reads back unchanged is right, and one more key is a fault."""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("databricks.sdk", reason="the extra `databricks` is not installed")

from boathouse.errors import Place
from boathouse.package import resource_shape
from boathouse.package.located import placed
from boathouse.package.resource_shape import CHECKED
from boathouse.package.sdk_shape import keys, misfits

HERE = Place("x.yml", 1, 1)
SCALARS = {
    str: st.sampled_from(["a", "b c", "1", "true"]),
    int: st.integers(1, 9),
    float: st.floats(1, 2),
    bool: st.booleans(),
}


def plain(kind: Any) -> Any:
    inner = [each for each in get_args(kind) if each is not NoneType]
    return inner[0] if len(inner) == 1 and NoneType in get_args(kind) else kind


def later(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    """Make a strategy when it is drawn from: tasks have tasks in them."""
    return st.deferred(lambda: values(kind, depth))


def values(kind: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    """Make plain data of a type, as JSON would hold it."""
    kind = plain(kind)
    if is_dataclass(kind):
        known = keys(kind)
        must = {key: values(hint, depth - 1) for key, (hint, needed) in known.items() if needed}
        may = {key: later(hint, depth - 1) for key, (hint, needed) in known.items() if not needed}
        few = st.sets(st.sampled_from(sorted(may)), max_size=3 if depth > 0 else 0) if may else st.just(set())
        return few.flatmap(lambda chosen: st.fixed_dictionaries({**must, **{key: may[key] for key in sorted(chosen)}}))
    if get_origin(kind) is list:
        return st.lists(values(get_args(kind)[0], depth), min_size=1, max_size=2)
    if get_origin(kind) is dict:
        return st.dictionaries(SCALARS[str], values(get_args(kind)[1], depth), min_size=1, max_size=2)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([each.value for each in kind])
    return SCALARS.get(kind, SCALARS[str])


few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(st.data(), st.sampled_from(CHECKED))
def test_what_has_the_shape_is_right_and_one_more_key_is_not(data: st.DataObject, kind: str) -> None:
    wanted = resource_shape.resource(kind)
    value = data.draw(values(wanted))
    assert [str(each) for each in misfits(placed(value, HERE), wanted)] == []
    (wrong,) = misfits(placed({**value, "nmae": 1}, HERE), wanted)
    assert wrong.path == "nmae"


@few
@given(st.data())
def test_the_sdk_reads_back_what_has_its_shape(data: st.DataObject) -> None:
    kind = resource_shape.request("jobs")
    value = data.draw(values(kind))
    assert kind.from_dict(value).as_dict() == value


@few
@given(st.data(), st.sampled_from(CHECKED))
def test_each_key_that_must_be_there_is_missed(data: st.DataObject, kind: str) -> None:
    wanted = resource_shape.resource(kind)
    value = data.draw(values(wanted))
    for key, (_, needed) in keys(wanted).items():
        if needed:
            (wrong,) = misfits(placed({name: each for name, each in value.items() if name != key}, HERE), wanted)
            assert wrong.what == f"`{key}` is missing"
