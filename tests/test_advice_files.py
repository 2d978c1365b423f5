from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from boathouse import advice_file
from boathouse.errors import FileError
from boathouse.names import TableName
from boathouse.recommendation import Advice, LeftOut, Recommendation
from boathouse.schema import Schema
from boathouse.table_draft import TableDraft
from boathouse.table_file import is_untouched, table_text, write_tables
from boathouse.yaml_line import comment, yaml_line

SILVER, BRONZE = TableName("silver", "customers"), TableName("bronze", "customers")
SCHEMA = Schema.of(age="string", plan="string")


def item(
    number: int, step: dict[str, Any], *, accepted: bool | None = True, because: str = "measured"
) -> Recommendation:
    return Recommendation(
        SILVER, step, because, "none", "bronze", "type", "cast", accepted=accepted, id=f"R-{number:03}"
    )


CAST = item(1, {"step": "cast", "columns": {"age": "int"}})
FILL = item(2, {"step": "fill_nulls", "column": "age", "using": "median"}, because="nulls.age: 12.4 %")
TRIM = item(3, {"step": "trim_text", "columns": ["plan"]})


def draft(*steps: Recommendation, rejected: tuple[Recommendation, ...] = ()) -> dict[TableName, TableDraft]:
    return {SILVER: TableDraft(SILVER, SCHEMA, BRONZE, steps=steps, key=("age",), rejected=rejected)}


def body(text: str) -> str:
    return text.split("\n", 1)[1]


def test_a_table_reads_as_a_person_would_write_it() -> None:
    assert body(table_text(draft(CAST, FILL)[SILVER])) == (
        "reads: bronze.customers\n"
        "steps:\n"
        "  - {step: cast, columns: {age: int}}  # because: measured (R-001)\n"
        "  - {step: fill_nulls, column: age, using: median}  # because: nulls.age: 12.4 % (R-002)\n"
        "contract:\n"
        "  key: [age]\n"
    )


def test_a_bronze_table_says_how_its_file_is_read() -> None:
    bronze = TableDraft(
        BRONZE,
        Schema.from_types({"yes": "string", "a: b": "bigint"}),
        source={"format": "csv", "path": "../raw/customers.csv"},
    )
    assert body(table_text(bronze)) == (
        "source: {format: csv, path: ../raw/customers.csv}\n"
        "columns:\n"
        "  'yes': string\n"
        "  'a: b': bigint\n"
    )  # fmt: skip


@given(
    st.recursive(
        st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_a_value_holds_it_stays_one_line_and_one_value(value: Any) -> None:
    line = yaml_line(value)
    assert len(line.splitlines()) <= 1
    assert yaml.safe_load(f"- {line}  # behind it") == [value]


@given(st.text())
def test_no_comment_starts_a_line(text: str) -> None:
    assert comment(text).startswith("#")
    assert len(comment(text).splitlines()) == 1


def test_a_file_that_nobody_touched_is_written_anew_and_goes_with_its_table(tmp_path: Path) -> None:
    file = tmp_path / "tables/silver/customers.yml"
    assert write_tables(draft(CAST), tmp_path) == [file]
    assert write_tables(draft(CAST), tmp_path) == []
    assert write_tables(draft(CAST, FILL), tmp_path) == [file]
    assert file.read_text() == table_text(draft(CAST, FILL)[SILVER])
    assert write_tables({}, tmp_path) == [file]
    assert not file.exists()


def test_in_a_file_that_a_person_changed_only_lines_of_steps_come_and_go(tmp_path: Path) -> None:
    write_tables(draft(CAST, TRIM), tmp_path)
    file = tmp_path / "tables/silver/customers.yml"
    by_hand = file.read_text().replace(
        "contract:", "  - {step: derive, column: age2, expression: age * 2, type: int}\nfit_on: age > 0\ncontract:"
    )
    file.write_text(by_hand)
    assert not is_untouched(by_hand)
    write_tables(draft(CAST, FILL, rejected=(TRIM,)), tmp_path)
    assert body(file.read_text()) == (
        "reads: bronze.customers\n"
        "steps:\n"
        "  - {step: cast, columns: {age: int}}  # because: measured (R-001)\n"
        "  - {step: fill_nulls, column: age, using: median}  # because: nulls.age: 12.4 % (R-002)\n"
        "  - {step: derive, column: age2, expression: age * 2, type: int}\n"
        "fit_on: age > 0\n"
        "contract:\n"
        "  key: [age]\n"
    )


def test_a_file_of_a_person_without_steps_gets_them_and_loses_the_empty_key(tmp_path: Path) -> None:
    file = tmp_path / "tables/silver/customers.yml"
    file.parent.mkdir(parents=True)
    file.write_text("reads: bronze.customers\nsteps: []  # none yet\n")
    write_tables(draft(CAST), tmp_path)
    assert yaml.safe_load(file.read_text()) == {"reads": "bronze.customers", "steps": [dict(CAST.step)]}
    write_tables(draft(rejected=(CAST,)), tmp_path)
    assert yaml.safe_load(file.read_text()) == {"reads": "bronze.customers", "steps": []}


def test_steps_that_do_not_stand_on_a_line_each_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "tables/silver/customers.yml"
    file.parent.mkdir(parents=True)
    text = "reads: bronze.customers\nsteps: [{step: cast, columns: {age: int}}]\n"
    file.write_text(text)
    with pytest.raises(FileError, match=r"silver/customers.yml:1:1: .*add\n  - \{step: fill_nulls"):
        write_tables(draft(CAST, FILL) | {BRONZE: TableDraft(BRONZE, SCHEMA, source={"format": "csv"})}, tmp_path)
    assert file.read_text() == text
    assert not (tmp_path / "tables/bronze").exists()


def test_decisions_live_in_advice_yml(tmp_path: Path) -> None:
    file = tmp_path / "advice.yml"
    advice = Advice((CAST, item(2, dict(FILL.step), accepted=None)))
    advice_file.save(advice, file)
    assert (
        "- id: R-002\n  table: silver.customers\n  step: {step: fill_nulls, column: age, using: median}\n"
        in file.read_text()
    )
    file.write_text(file.read_text().replace("accepted: null", "accepted: false"))
    found = advice_file.merge(
        Advice((item(1, dict(FILL.step), accepted=None), item(2, dict(CAST.step), accepted=None))), file
    )
    assert [(each.step["step"], each.accepted) for each in found.recommendations] == [
        ("fill_nulls", False),
        ("cast", True),
    ]


def test_what_does_not_fit_is_told_in_both_files(tmp_path: Path) -> None:
    left = LeftOut(SILVER, FILL.step, "`age` is string,\nand only numbers have a median")
    told = "{step: fill_nulls, column: age, using: median}: `age` is string, and only numbers have a median\n"
    advice_file.save(Advice((CAST,), (left,)), tmp_path / "advice.yml")
    assert (
        (tmp_path / "advice.yml").read_text().endswith(f"# Left out, for it does not fit:\n# silver.customers {told}")
    )
    assert advice_file.read(tmp_path / "advice.yml").recommendations[0].step == CAST.step
    table = TableDraft(SILVER, SCHEMA, BRONZE, steps=(TRIM,), left_out=(left,))
    assert table_text(table).endswith(f"  # left out, for it does not fit: {told}")


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert advice_file.read(tmp_path / "advice.yml") == Advice()


def test_what_cannot_be_understood_in_advice_yml_is_shown_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "advice.yml"
    file.write_text("- table: silver.customers\n  step: {step: cast}\n  acepted: true\n")
    with pytest.raises(FileError, match=r"advice.yml:3:3: unknown key `acepted`; did you mean `accepted`\?"):
        advice_file.read(file)
