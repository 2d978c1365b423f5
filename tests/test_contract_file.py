"""A contract in a table's file: what a person wrote there stays, comments too, in whatever style it was written."""

from __future__ import annotations

from textwrap import dedent

import pytest

from boathouse import check, contract_file
from boathouse.errors import FileError
from boathouse.pipeline import Contract, Rule, RuleAction
from boathouse.schema import Schema


def rule(name: str, action: RuleAction, written: str) -> Rule:
    return Rule(name, action, check.parse(written), written)


CONTRACT = Contract(
    Schema.of(id="int", age="int"), ("id",),
    (rule("adult", "drop", "age >= 18"), rule("once", "fail", "unique(id)"), rule("enough", "warn", "row_count() >= 10")),
)  # fmt: skip


def put(old: str, contract: Contract = CONTRACT, file: str = "t.yml", **told: str) -> str:
    return contract_file.put(dedent(old).lstrip("\n"), contract, told, file)


def test_a_file_without_a_contract_gets_one_at_its_end() -> None:
    assert put("reads: bronze.t  # raw\n", once="as agreed") == dedent("""\
        reads: bronze.t  # raw
        contract:
          key: [id]
          columns:
            id: int
            age: int
          drop:
            adult: age >= 18
          fail:
            once: unique(id)  # as agreed
          warn:
            enough: row_count() >= 10
    """)


def test_lines_that_say_the_same_stay_as_they_are() -> None:
    old = """
        reads: bronze.t
        contract:   # with sales
            # two of them
            key:   [id]
            columns: {id: int,   age: int}   # all

            drop:
                # by law
                "adult":   'age >= 18'     # since 1970

            fail:
                # once and for all
                once: unique(age)  # not sure
                old: age < 200
                # and no more
            # the end

        # behind
        fit_on: id > 0
    """
    assert put(old) == dedent("""\
        reads: bronze.t
        contract:   # with sales
            # two of them
            key:   [id]
            columns: {id: int,   age: int}   # all

            drop:
                # by law
                "adult":   'age >= 18'     # since 1970

            fail:
                # once and for all
                once: unique(id)  # not sure
            warn:
                enough: row_count() >= 10
                # and no more
            # the end

        # behind
        fit_on: id > 0
    """)


@pytest.mark.parametrize("written", ["{key: [id], drop: {adult: age > 1}}", "{}", ""])
def test_a_contract_on_one_line_is_written_on_many(written: str) -> None:
    new = put(f"contract: {written}  # mine\nreads: bronze.t\n")
    assert new == f"{'# mine' + chr(10) if written else ''}{contract_file.contract_yaml(CONTRACT)}reads: bronze.t\n"


def test_a_contract_that_says_the_same_is_left_alone() -> None:
    old = contract_file.contract_yaml(CONTRACT).replace("key: [id]", "key:\n    - id  # the number")
    assert put(old) == old


def test_columns_come_in_their_order_and_rules_stay_where_they_were() -> None:
    old = put("").replace("    id: int\n    age: int\n", "    age: int  # years\n    id: int\n")
    assert put(old).index("    id: int") < put(old).index("    age: int  # years")


def test_the_contract_of_a_select_stands_in_the_comment_before_it() -> None:
    select = "-- all of it\nSELECT * FROM bronze.t\n"
    new = put(select, file="t.sql")
    assert new == f"/*\n{contract_file.contract_yaml(CONTRACT)}*/\n{select}"
    assert put(new, Contract(key=("id",)), file="t.sql") == f"/*\ncontract:\n  key: [id]\n*/\n{select}"
    assert put(f"/*\nabout: Things\n*/\n{select}", file="t.sql").startswith(
        "/*\nabout: Things\ncontract:\n  key: [id]\n"
    )


def test_what_would_end_the_comment_is_refused() -> None:
    for old in ("/* about: x */ SELECT 1", "SELECT 1"):
        with pytest.raises(FileError, match="cannot be changed line by line"):
            put(old, Contract(rules=(rule("odd", "warn", "matches(a, 'b*/')"),)), file="t.sql")


def test_hostile_names_and_texts_are_only_data() -> None:
    hostile = "x: {y}, # 'z' \"\n- &a *b"
    sql = "`a` = '" + hostile.replace("'", "\\'") + "'"
    new = put(
        "reads: bronze.t\n",
        Contract(Schema.from_types({hostile: "int", "no": "int"}), (hostile,), (rule("r", "warn", sql),)),
    )
    assert contract_file.put(new, Contract(), {}, "t.yml") == "reads: bronze.t\n"
