"""The reference follows from the code: it is current, complete, and its schema accepts what the loader accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from boathouse import reference, yaml_file
from boathouse.cli import VERBS
from boathouse.errors import UnknownName
from boathouse.step import STEPS
from projects import CHURN

ROOT = Path(__file__).parents[1]
SCHEMA = reference.table_schema()


def valid(text: str) -> bool:
    data: Any = yaml_file.parse(text, "t.yml").data
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(data))


@pytest.mark.parametrize("name", sorted(reference.book()))
def test_the_written_reference_is_current(name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == reference.book()[name], "type `make docs`"


@pytest.mark.parametrize("name", STEPS.names())
def test_a_page_shows_every_field_and_example(name: str) -> None:
    page, kind = reference.page(name), STEPS.member(name)
    assert all(
        f"`{info.alias or field}`" in page
        for field, info in kind.model_fields.items()
        if field not in ("step", "because", "fitted")
    )
    assert all(f"**{example.why}**" in page for example in kind.examples())


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="did you mean `fill_nulls`"):
        reference.page("fill_null")


@pytest.mark.parametrize("path", ["tables/bronze/customers.yml", "tables/silver/customers.yml"])
def test_the_schema_accepts_what_the_loader_accepts(path: str) -> None:
    assert valid(CHURN[path])


@pytest.mark.parametrize(
    "text",
    [
        "reads: bronze.a\nstepz: []\n",
        "reads: bronze.a\nsteps: [{step: nope}]\n",
        "reads: bronze.a\nsteps: [{step: dedupe, kye: [a]}]\n",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    assert not valid(text)


@pytest.mark.parametrize("verb", VERBS.names())
def test_every_verb_and_every_option_has_help(verb: str) -> None:
    command = VERBS.module(verb).command
    assert command.help
    assert VERBS.summary(verb).endswith(".")
    assert all(option.help for option in command.params if option.param_type_name == "option")
