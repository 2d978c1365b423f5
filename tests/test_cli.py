"""The command line's promises: exit codes, one JSON document, errors that say what to type, tables that survive."""

from __future__ import annotations

import json
import signal
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from boathouse import cli
from boathouse.cli import VERBS, _screen
from projects import CHURN, project, write
from terminal import Terminal, contents, is_one_error, started


@pytest.fixture
def churn(tmp_path: Path) -> Path:
    """Make a project whose tables are built."""
    bench = project(tmp_path / "churn")
    bench.run()
    return bench.project.root


def test_alone_it_shows_the_picture_and_what_to_type(boathouse: Terminal) -> None:
    answer = boathouse()
    assert answer.code == 0
    assert "sources -> findings -> advice -> pipeline -> plan -> run" in answer.out
    assert "boathouse init demo --demo telco" in answer.out


@pytest.mark.parametrize("verb", ["", *VERBS.names()])
def test_help_fits_a_narrow_terminal(boathouse: Terminal, verb: str) -> None:
    answer = boathouse(*([verb] if verb else []), "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Usage: boathouse")
    assert max(map(len, answer.out.splitlines())) <= 80
    assert not verb or "--json" in answer.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["exlpore", "x"], "there is no verb `exlpore`; did you mean `explore`?"),
        (["explore", "--taget", "x", "y"], "No such option '--taget'. Did you mean '--target'?"),
        (["explore"], "Missing argument 'PATHS...'"),
        (["run", "--engine", "dukdb"], "'dukdb' is not one of 'duckdb', 'spark'"),
        (["show", "silver.customers", "--rows", "many"], "'many' is not a valid integer range"),
        (["plan", "--project", "/"], "is not in a Boathouse project; make one with `boathouse init DIR`"),
        (["init", "x", "--demo", "retial"], "there is no demo `retial`; did you mean `retail`?"),
        (["docs", "fil_nulls"], "did you mean `fill_nulls`?"),
        (["contract", "improt", "x"], "No such command 'improt'. Did you mean 'import'?"),
    ],
)
def test_what_is_typed_wrongly(
    boathouse: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = boathouse(*words)
    assert (answer.code, answer.out, is_one_error(answer.err)) == (2, "", True), answer.err
    assert says in answer.err
    assert contents(tmp_path) == {}

    answer = boathouse(*words, "--json")
    assert answer.code == 2
    assert set(json.loads(answer.out)) == {"error"}
    assert contents(tmp_path) == {}


def test_every_verb_answers_with_one_json_document(boathouse: Terminal, tmp_path: Path) -> None:
    root = tmp_path / "p"
    documents: dict[str, Any] = {}
    for words in (
        ["init", root, "--demo", "telco"], ["explore", root / "raw", "--project", root], ["advise", "--accept", "all", "--project", root],
        ["plan", "--project", root], ["run", "--project", root], ["show", "silver.plans", "--project", root],
        ["query", "SELECT count(*) AS n FROM silver.plans", "--project", root], ["export", "--project", root],
        ["check", "--project", root], ["contract", "export", "all", "--project", root],
        ["reconcile", "silver.plans", "silver.plans@0", "--project", root], ["lint", "--project", root], ["docs"], ["docs", "fill_nulls"], ["doctor"], ["config", "--project", root],
        ["release", "--project", root], ["promote", "prod", "--project", root], ["vacuum", "--project", root], ["job", "ingest", "--project", root],
        ["model", "list", "--project", root],
    ):  # fmt: skip
        answer = boathouse(*words, "--json")
        assert answer.code == 0, answer.err
        documents[str(words[0])] = json.loads(answer.out)
    assert set(documents) == set(VERBS.names()) - {"prove", "rollback", "forget", "deploy"}
    assert documents["query"] == [{"n": 5}]
    assert [table["table"] for table in documents["run"]["tables"]][:2] == ["bronze.customers", "bronze.plans"]


def test_an_error_as_json_says_where_and_what_to_try(boathouse: Terminal, churn: Path) -> None:
    write(churn, {"tables/silver/customers.yml": "reeds: bronze.customers\n"})
    answer = boathouse("plan", "--json", "--project", churn)
    assert json.loads(answer.out)["error"] == {
        "message": "unknown key `reeds`", "kind": "FileError", "hint": "did you mean `reads`?",
        "where": {"file": "tables/silver/customers.yml", "line": 1, "column": 1},
    }  # fmt: skip
    assert is_one_error(answer.err)


def test_an_error_shows_only_a_part_of_a_long_line(boathouse: Terminal, churn: Path) -> None:
    write(
        churn, {"tables/silver/customers.yml": f"reads: bronze.customers\nsteps: [{{step: dedupe}}, {'x, ' * 9999}]\n"}
    )
    answer = boathouse("plan", "--project", churn)
    assert (answer.code, is_one_error(answer.err)) == (2, True)
    assert max(map(len, answer.err.splitlines())) < 200


def test_a_name_in_an_error_does_not_steer_the_terminal(boathouse: Terminal, churn: Path) -> None:
    answer = boathouse("explore", "a\x1b[31mb", "--project", churn)
    assert "\\x1b[31m" in answer.err
    assert "\x1b" not in answer.err


def test_a_project_is_made_once_and_only_where_it_can_be(boathouse: Terminal, tmp_path: Path) -> None:
    assert boathouse("init", tmp_path / "p").code == 0
    before = contents(tmp_path)
    again = boathouse("init", tmp_path / "p", "--demo", "telco")
    assert (again.code, "is a Boathouse project already" in again.err) == (2, True)
    (tmp_path / "file").write_text("x")
    before = contents(tmp_path)
    assert boathouse("init", tmp_path / "file").code == 2
    beneath = boathouse("init", tmp_path / "file/p")
    assert (beneath.code, is_one_error(beneath.err)) == (3, True), beneath.err
    assert contents(tmp_path) == before


def test_a_demo_with_tables_says_to_run_and_how_the_next_day_lands(boathouse: Terminal, tmp_path: Path) -> None:
    answer = boathouse("init", tmp_path / "lake", "--demo", "carton-caps")
    assert answer.out.endswith(
        f"  cd {tmp_path / 'lake'}\n  boathouse run && boathouse release\n"
        "  cp -r to_come/2024-01-20/. landing/     the next day lands; once more\n"
    )
    assert (tmp_path / "lake/to_come/2024-01-20/purchases/dt=2024-01-20/part-0.csv").is_file()


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "`read_csv` is no table name"),
        ("SELECT * FROM '/etc/passwd'", "`/etc/passwd` is no table name"),
        ("SELECT * FROM csv.`/etc/passwd`", "there is no table"),
        ("SELECT read_text('/etc/passwd')", "none of Databricks SQL's functions"),
        ("SELECT main.read_text('/etc/passwd')", "none of Databricks SQL's functions"),
        ("SELECT * FROM silver.customers, LATERAL read_text('/etc/passwd')", "none of Databricks SQL's functions"),
        ("SELECT * FROM silver.customers LATERAL VIEW read_text('/etc/passwd') t AS a", "none of Databricks SQL's functions"),
        ("SELECT * FROM silver.customers WHERE plan IN (SELECT content FROM read_text('/etc/passwd'))", "`read_text` is no table name"),
        ("SELECT getenv('HOME')", "none of Databricks SQL's functions"),
        ("SELECT current_setting('home_directory')", "none of Databricks SQL's functions"),
        ("SELECT write_log('x')", "none of Databricks SQL's functions"),
        ("SELECT * FROM duckdb_settings()", "is no table name"),
        ("SELECT * FROM query('SELECT 1')", "is no table name"),
        ("SELECT * FROM information_schema.tables", "there is no table"),
        ("COPY silver.customers TO '/tmp/x'", "is one SELECT, and this is COPY"),
        ("DROP TABLE silver.customers", "is one SELECT, and this is DROP"),
        ("INSERT INTO silver.customers SELECT 1", "is one SELECT, and this is INSERT"),
        ("SET x = 1", "is one SELECT, and this is SET"),
        ("SHOW TABLES", "is one SELECT, and this is SHOW"),
        ("ATTACH '/tmp/x.db'", "does not parse"),
        ("SELECT 1; SELECT 2", "there is more than one statement"),
        ("SELECT ?", "a parameter cannot stand in this SQL"),
        ("SELECT * FROM silver.customers VERSION AS OF 0", "an older version of a table cannot stand in this SQL"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "this SQL is nested too deeply"),
        ("SELECT " + " + ".join(["1"] * 5000), "this SQL is nested too deeply"),
        ("", "there is no SQL here"),
        ("SELECT nr FROM silver.customers", "there is no column `nr`"),
        ("SELECT * FROM silver.customer", "there is no table `silver.customer` in the lake; did you mean `silver.customers`?"),
        ("SELECT 1 AS a, 2 AS a", "is there twice"),
    ],
)  # fmt: skip
def test_a_query_reads_tables_and_nothing_else(boathouse: Terminal, churn: Path, sql: str, says: str) -> None:
    before = contents(churn)
    answer = boathouse("query", sql, "--project", churn)
    assert (answer.code, answer.out, is_one_error(answer.err)) == (2, "", True), answer.err
    assert says in answer.err
    assert contents(churn) == before


@pytest.mark.parametrize(
    "step", ["{step: filter_rows, where: \"getenv('HOME') = 'x'\"}", "{step: filter_rows, where: '(SELECT 1) = 1'}"]
)
def test_an_expression_of_a_step_reads_its_row_and_nothing_else(boathouse: Terminal, churn: Path, step: str) -> None:
    write(churn, {"tables/silver/customers.yml": f"reads: bronze.customers\nsteps:\n  - {step}\n"})
    answer = boathouse("plan", "--project", churn)
    assert (answer.code, is_one_error(answer.err)) == (2, True), answer.err


def test_show_gives_columns_and_rows(boathouse: Terminal, churn: Path) -> None:
    answer = boathouse("show", "silver.customers", "--rows", 2, "--project", churn)
    assert answer.out.splitlines()[0] == "silver.customers: 5 rows"
    assert answer.out.splitlines()[1].split() == ["id", "fee", "plan"]
    assert boathouse("show", "silver.nope", "--project", churn).code == 2
    assert boathouse("show", "customers", "--project", churn).code == 2


def test_numbers_stand_to_the_right(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _screen.records([{"plan": "a", "n": 1, "fee": Decimal("10.50")}, {"plan": "bc", "n": 1000, "fee": None}])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["plan      n     fee", "─" * 19, "a         1   10.50", "bc     1000"]


@pytest.mark.parametrize("width", [80, 140])
def test_rows_too_wide_for_the_screen_have_a_column_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _screen.records([{f"column_{at}": f"value {at}" for at in range(30)}] * 20)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["column", "row", "1"]
    assert max(map(len, lines)) <= width
    assert all(f"row {at}" in " ".join(lines) for at in range(1, 21))


def test_a_broken_promise_ends_with_1_and_keeps_the_old_table(boathouse: Terminal, churn: Path) -> None:
    write(churn, {"raw/customers.csv": "id,fee,plan\n1,1,a\n1,2,a\n"})
    answer = boathouse("run", "--project", churn)
    assert answer.code == 1
    assert "silver.customers: the contract does not hold, and nothing is written" in answer.err
    assert DeltaTable(churn / "lake/churn_silver/customers").version() == 0


def test_a_value_that_does_not_fit_while_it_is_written_names_its_table(boathouse: Terminal, churn: Path) -> None:
    write(churn, {
        "raw/customers.csv": "id,fee,plan\n1,99999999999,a\n",
        "tables/silver/customers.yml": CHURN["tables/silver/customers.yml"].split("contract")[0] + 'contract: {columns: {fee: "decimal(10,2)"}}\n',
        "tables/gold/spend.sql": "SELECT count(*) AS n FROM silver.customers\n",
    })  # fmt: skip
    answer = boathouse("run", "--project", churn)
    assert (answer.code in (1, 2), is_one_error(answer.err)) == (True, True), answer.err
    assert "silver.customers: does not fit decimal(10,2): 99999999999" in answer.err


@pytest.mark.parametrize("blocked", ["lake", "lake/churn_bronze", "lake/churn_bronze/customers"])
def test_a_lake_that_cannot_be_written_ends_with_3(boathouse: Terminal, tmp_path: Path, blocked: str) -> None:
    root = project(tmp_path / "churn").project.root
    (root / blocked).parent.mkdir(parents=True, exist_ok=True)
    (root / blocked).write_text("a file where a folder should be")
    answer = boathouse("run", "--project", root, "--json")
    assert (answer.code, is_one_error(answer.err)) == (3, True), answer.err
    assert json.loads(answer.out)["error"]["kind"] == "EngineError"
    assert "cannot be written" in answer.err or "cannot be used" in answer.err


def test_a_table_whose_log_is_broken_says_what_to_do(boathouse: Terminal, churn: Path) -> None:
    (churn / "lake/churn_silver/customers/_delta_log/00000000000000000000.json").write_text("garbage")
    for words in (["plan"], ["run"], ["query", "SELECT * FROM silver.customers"]):
        answer = boathouse(*words, "--project", churn)
        assert (answer.code, answer.out, is_one_error(answer.err)) == (3, "", True), answer.err
        assert "delete the folder: the next run builds it anew" in answer.err


def test_a_disk_that_is_full_leaves_the_old_version(
    boathouse: Terminal, churn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses as it really does: delta-rs raises what the system said."""
    from boathouse.engines import delta

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = boathouse("query", "SELECT * FROM silver.customers", "--json", "--project", churn).out
    write(churn, {"raw/customers.csv": "id,fee,plan\n7,1,z\n"})
    monkeypatch.setattr(delta, "write_deltalake", full)
    answer = boathouse("run", "--project", churn)
    assert (answer.code, is_one_error(answer.err)) == (3, True)
    assert "cannot be written: [Errno 28] No space left on device" in answer.err
    monkeypatch.undo()
    assert boathouse("query", "SELECT * FROM silver.customers", "--json", "--project", churn).out == before


def test_the_streams_are_kept_apart(churn: Path) -> None:
    process = started("run", "--full", "--json", "--project", churn)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert [table["table"] for table in json.loads(out)["tables"]] == [
        "bronze.customers",
        "silver.customers",
        "gold.spend",
    ]
    assert err.splitlines()[0].split()[:2] == ["bronze", "customers"]


TABLES = ("bronze.customers", "silver.customers", "gold.spend")
ROWS = 20_000
MANY = {**CHURN, "raw/customers.csv": "id,fee,plan\n" + "".join(f"{at},{at % 97},p{at % 7}\n" for at in range(ROWS))}


def counts(root: Path) -> list[int]:
    from boathouse.workbench import Workbench

    return [Workbench(root).query(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in TABLES]


def test_whenever_a_run_is_killed_each_table_is_whole_and_the_next_run_works(tmp_path: Path) -> None:
    bench = project(tmp_path / "churn", MANY)
    bench.run()
    root = bench.project.root
    for table in range(3):
        process = started("run", "--full", "--project", root)
        assert process.stderr is not None
        for _ in range(table):
            process.stderr.readline()  # the progress of a table that is done
        time.sleep(0.01 * table)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert counts(root) == [ROWS, ROWS, 7]
    assert len(bench.run(full=True).tables) == 3


def test_two_runs_at_once_end_with_whole_tables(tmp_path: Path) -> None:
    root = project(tmp_path / "churn", MANY).project.root
    both = [started("run", "--project", root) for _ in range(2)]
    for process in both:
        _, err = process.communicate()
        assert process.returncode in (0, 3), err
        assert process.returncode == 0 or "another run of churn is going on" in err
    assert 0 in [process.returncode for process in both]
    assert counts(root) == [ROWS, ROWS, 7]


def test_no_colour_where_none_is_wanted(boathouse: Terminal, churn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in boathouse("explore", churn / "raw", "--project", churn).out


def test_the_verbs_stand_in_the_order_of_the_picture() -> None:
    assert set(cli.ORDER) == set(VERBS.names())
