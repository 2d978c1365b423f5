"""What a plan tells before anything runs: the difference of each table, what it breaks, and the rows that will be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import churn_project
from boathouse.column_change import ColumnChange
from boathouse.dialect import canonical
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.plan_difference import NOT_KEPT, READ_OTHERWISE, TableDifference
from boathouse.workbench import Workbench
from projects import project, write
from terminal import Terminal, contents

CUSTOMERS, SPEND = "tables/silver/customers.yml", "tables/gold/spend.sql"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = project(tmp_path_factory.mktemp("built") / "churn")
    made.run()
    return made.project.root


@pytest.fixture
def bench(built: Path, tmp_path: Path) -> Workbench:
    """Give a copy of the small project with a table in each layer, all of them built."""
    return Workbench(shutil.copytree(built, tmp_path / "churn"))


def change(bench: Workbench, path: str, *words: tuple[str, str]) -> None:
    text = (bench.project.root / path).read_text(encoding="utf-8")
    for old, new in words:
        assert old in text
        text = text.replace(old, new)
    write(bench.project.root, {path: text})


def of(bench: Workbench, table: str) -> TableDifference:
    return bench.difference().table(TableName.parse(table))


# ---- the definition -------------------------------------------------------------------------------------------------------


def test_a_changed_table_shows_what_changed_in_its_file(bench: Workbench) -> None:
    change(bench, CUSTOMERS, ("median", "mean"))

    assert of(bench, "silver.customers").lines == (
        "--- tables/silver/customers.yml (as built)",
        "+++ tables/silver/customers.yml",
        "@@ -3,5 +3,5 @@",
        "   - {step: cast, columns: {id: int, fee: double}}",
        "   - {step: dedupe}",
        "-  - {step: fill_nulls, column: fee, using: median}  # because: nulls.fee 16.7 %",
        "+  - {step: fill_nulls, column: fee, using: mean}  # because: nulls.fee 16.7 %",
        " contract:",
        "   key: [id]",
    )
    assert of(bench, "gold.spend").lines == ()  # stale, and its file is as it was


def test_the_difference_is_to_what_the_table_was_built_by_whatever_was_written_in_between(bench: Workbench) -> None:
    change(bench, CUSTOMERS, ("median", "mean"))
    bench.plan()
    change(bench, CUSTOMERS, ("mean", "constant, value: 7"))
    bench.difference()
    change(bench, CUSTOMERS, ("constant, value: 7", "median"))

    assert [table.action.state for table in bench.difference().tables] == ["same"] * 3


@pytest.mark.parametrize(
    "words", [("-- how many", "-- how many of them"), ("SELECT plan, ", "SELECT\n  plan,\n  "), ("GROUP BY", "GROUP\n  BY /* each */")]
)  # fmt: skip
def test_comments_and_blanks_of_sql_are_no_change(bench: Workbench, words: tuple[str, str]) -> None:
    change(bench, SPEND, words)
    assert [action.why for action in bench.plan().actions] == ["same"] * 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "SELECT a,b FROM s.t -- all",
            "SELECT\n  a , /* and */ b\nFROM s . t",
            True,
        ),
        ("SELECT 'a  b' AS x", "SELECT 'a b' AS x", False),
        ("SELECT '-- a' AS x", "SELECT '-- b' AS x", False),
        ("SELECT `a  b` FROM s.t", "SELECT `a b` FROM s.t", False),
        ("SELECT 'a' 'b' AS x", "SELECT 'a''b' AS x", False),
        ("SELECT 1 - -1 AS x", "SELECT 1 --1 AS x", False),
        ("SELECT a FROM s.t GROUP BY a", "SELECT a FROM s.t GROUP\n\tBY a", True),
    ],
)
def test_canonical_text_keeps_all_that_means_something(one: str, other: str, *, same: bool) -> None:
    assert (canonical(one) == canonical(other)) is same


def test_what_was_not_kept_is_not_made_up(bench: Workbench) -> None:
    kept = bench.project.ops / "definitions"
    change(bench, CUSTOMERS, ("median", "mean"))
    for file in kept.iterdir():  # another version may give what stands in a file another meaning
        file.write_text((bench.project.root / CUSTOMERS).read_text(encoding="utf-8"), encoding="utf-8")
    assert (of(bench, "silver.customers").lines, of(bench, "silver.customers").note) == ((), READ_OTHERWISE)

    shutil.rmtree(kept)
    assert (of(bench, "silver.customers").lines, of(bench, "silver.customers").note) == ((), NOT_KEPT)


def test_a_promoted_table_takes_its_definition_along(bench: Workbench) -> None:
    bench.release()
    bench.promote("prod")
    change(bench, SPEND, ("sum(fee)", "max(fee)"))

    there = Workbench(bench.project.root, env="prod")
    assert [line for line in of(there, "gold.spend").lines if "max(fee)" in line]


# ---- the columns, and what that breaks -----------------------------------------------------------------------------------


def test_a_new_column_breaks_nothing(bench: Workbench) -> None:
    change(
        bench,
        CUSTOMERS,
        ("plan: string}", "plan: string, big: boolean}"),
        ("contract:", "  - {step: derive, column: big, expression: fee > 15, type: boolean}\ncontract:"),
    )

    found = of(bench, "silver.customers")
    assert (list(map(str, found.columns)), found.breaks) == (["+ big boolean"], ())


def test_a_column_of_another_type_is_told_to_all_that_read_it(bench: Workbench) -> None:
    change(bench, CUSTOMERS, ('"decimal(10,2)"', "double"))
    found = of(bench, "silver.customers")
    assert list(map(str, found.columns)) == ["~ fee decimal(10,2) -> double"]
    assert list(map(str, found.breaks)) == [
        "gold.spend.total reads silver.customers.fee, which is double and was decimal(10,2)"
    ]

    change(bench, CUSTOMERS, ("fee: double, plan", 'fee: "decimal(12,2)", plan'))
    found = of(bench, "silver.customers")
    assert (list(map(str, found.columns)), found.breaks) == (["~ fee decimal(10,2) -> decimal(12,2)"], ())


@pytest.mark.parametrize(
    ("before", "after", "safe"),
    [
        ("", "int", True), ("int", "", False), ("int", "bigint", True), ("bigint", "int", False), ("float", "double", True),
        ("int", "double", False), ("decimal(10,2)", "decimal(12,4)", True), ("decimal(10,2)", "decimal(10,4)", False),
        ("string", "date", False), ("int", "decimal(10,0)", False),
    ],
)  # fmt: skip
def test_what_reads_a_column_goes_on_where_it_holds_all_that_it_held(before: str, after: str, *, safe: bool) -> None:
    assert ColumnChange("x", before, after).is_safe is safe


def test_a_column_that_is_gone_is_an_error_that_says_since_when_and_a_list_of_all_that_reads_it(tmp_path: Path) -> None:
    root = churn_project.make(tmp_path).root
    bench = Workbench(root)
    bench.run()
    change(
        bench,
        "tables/silver/plans.yml",
        ("contract: {key: [plan]}", "  - {step: rename, columns: {plan: tier}}\ncontract: {key: [tier]}"),
    )

    with pytest.raises(UserError) as caught:
        bench.run()
    assert str(caught.value.place).startswith("tables/gold/")
    assert caught.value.hint.endswith("; silver.plans had `plan` when it was built")

    found = bench.difference()
    assert str(found.error) == str(caught.value)
    plans = found.table(TableName("silver", "plans"))
    assert list(map(str, plans.columns)) == ["- plan string", "+ tier string"]
    says = [str(each) for each in plans.breaks]
    assert "gold.customer_features.plan reads silver.plans.plan, which is gone" not in says  # it is the customers'
    assert "the rows of gold.customer_features hang on silver.plans.plan, which is gone" in says
    assert "the rule known_plan of gold.customer_features asks silver.plans.plan, which is gone" in says
    assert "gold.spend.customers reads silver.plans.plan, which is gone" in says


def test_a_column_that_left_the_raw_file_is_told_of(bench: Workbench) -> None:
    write(bench.project.root, {"raw/customers.csv": "id,plan\n1,a\n"})

    with pytest.raises(UserError, match=r"there is no column `fee`.*bronze\.customers had `fee` when it was built"):
        bench.plan()


def test_a_mistake_that_was_always_one_blames_no_change(bench: Workbench) -> None:
    change(bench, CUSTOMERS, ("{id: int, fee: double}", "{idd: int, fee: double}"))

    with pytest.raises(UserError) as caught:
        bench.difference()
    assert caught.value.hint == "did you mean `id`?"


def test_files_that_wait_bring_columns(tmp_path: Path) -> None:
    bench = project(tmp_path / "shop", {
        "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases}\n",
        "landing/purchases/a.csv": "id,amount\n1,5\n",
    })  # fmt: skip
    bench.run()
    write(bench.project.root, {"landing/purchases/b.csv": "id,amount,shop\n2,6,x\n"})

    found = of(bench, "bronze.purchases")
    assert (found.action.why, list(map(str, found.columns))) == ("stale: 1 new file", ["+ shop string"])


# ---- the rows -------------------------------------------------------------------------------------------------------------


def test_the_rows_that_will_be_read_are_told(bench: Workbench, tmp_path: Path) -> None:
    assert [table.reads for table in bench.difference().tables] == [{}, {}, {}]

    change(bench, CUSTOMERS, ("median", "mean"))
    assert [table.reads for table in bench.difference().tables] == [
        {},
        {"bronze.customers": 6},
        {"silver.customers": 5},
    ]

    nothing_built = project(tmp_path / "new").difference()
    assert [table.rows for table in nothing_built.tables] == [None, None, None]


def test_neither_a_plan_nor_a_run_that_changes_nothing_reads_data(bench: Workbench) -> None:
    for file in bench.project.root.glob("lake/churn_[bsg]*/*/*.parquet"):
        file.unlink()
    before = contents(bench.project.root / "lake")

    assert [table.action.state for table in bench.difference().tables] == ["same"] * 3
    assert bench.run().tables == ()
    change(bench, CUSTOMERS, ("median", "mean"))
    assert of(bench, "silver.customers").rows == 6
    assert {path: of_it for path, of_it in contents(bench.project.root / "lake").items() if "ops" not in path} == {
        path: of_it for path, of_it in before.items() if "ops" not in path
    }


# ---- on the screen --------------------------------------------------------------------------------------------------------


def test_the_screen_says_first_which_tables_and_then_what(boathouse: Terminal, bench: Workbench) -> None:
    root = bench.project.root
    assert "Everything is up to date." in boathouse("plan", "--project", root).out

    change(bench, CUSTOMERS, ("median", "mean"), ('"decimal(10,2)"', "double"))
    lines = [line.rstrip() for line in boathouse("plan", "--project", root).out.splitlines()]

    assert lines[3].split() == ["silver.customers", "changed", "bronze.customers", "6", "3", "(~1)", "breaks", "1"]
    assert lines[6:9] == [
        "silver.customers: changed",
        "  ! breaking: gold.spend.total reads silver.customers.fee, which is double and was decimal(10,2)",
        "  ~ fee decimal(10,2) -> double",
    ]
    assert "  -  - {step: fill_nulls, column: fee, using: median}  # because: nulls.fee 16.7 %" in lines
    assert lines[-2:] == ["  boathouse run                    build it", ""]


def test_of_a_long_difference_the_rest_is_shown_when_the_table_is_asked_for(
    boathouse: Terminal, bench: Workbench
) -> None:
    more = "".join(f"  - {{step: derive, column: c{at}, expression: fee, type: double}}\n" for at in range(30))
    change(
        bench,
        CUSTOMERS,
        ("contract:", f"{more}contract:"),
        ('  columns: {id: bigint not null, fee: "decimal(10,2)", plan: string}\n', ""),
    )
    root = bench.project.root

    assert "more: boathouse plan silver.customers" in boathouse("plan", "--project", root).out
    whole = boathouse("plan", "silver.customers", "--project", root).out
    assert "more: boathouse" not in whole
    assert whole.count("step: derive") == 30
    assert "gold.spend" not in whole.splitlines()[0]
    assert "did you mean `silver.customers`?" in boathouse("plan", "silver.customer", "--project", root).err


def test_one_document_has_all_also_where_the_plan_cannot_be_run(boathouse: Terminal, bench: Workbench) -> None:
    change(bench, CUSTOMERS, ('fee: "decimal(10,2)", ', ""))
    answer = boathouse("plan", "--json", "--project", bench.project.root)

    document = json.loads(answer.out)
    assert answer.code == 2
    assert document["error"]["where"]["file"] == SPEND
    silver = document["tables"][1]
    assert silver["column_changes"] == [{"column": "fee", "before": "decimal(10,2)", "after": ""}]
    assert silver["breaking"] == [
        {"column": "fee", "table": "gold.spend", "says": "gold.spend.total reads silver.customers.fee, which is gone"}
    ]
    assert (silver["rows_to_read"], silver["diff"][0]) == ({"bronze.customers": 6}, f"--- {CUSTOMERS} (as built)")


def test_a_plan_that_cannot_be_run_is_shown_and_ends_with_the_error(boathouse: Terminal, bench: Workbench) -> None:
    change(bench, CUSTOMERS, ('fee: "decimal(10,2)", ', ""))
    answer = boathouse("plan", "--project", bench.project.root)

    assert answer.code == 2
    assert "! breaking: gold.spend.total reads silver.customers.fee, which is gone" in answer.out
    assert "boathouse run" not in answer.out
    assert answer.err.startswith(f"error: {SPEND}:6:23: there is no column `fee`; ")
    assert "silver.customers had `fee` when it was built" in answer.err


def test_the_page_shows_what_the_screen_does(boathouse: Terminal, bench: Workbench) -> None:
    change(bench, CUSTOMERS, ('"decimal(10,2)"', "double"))
    page = (Path(__file__).parents[1] / "docs/lake.md").read_text(encoding="utf-8")
    shown = page.split("    $ boathouse plan\n")[1].split("\n- The lines are")[0]

    answer = boathouse("plan", "--project", bench.project.root).out.split("\n  boathouse run")[0]

    assert [line.strip() for line in shown.splitlines()] == [line.strip() for line in answer.splitlines()]
