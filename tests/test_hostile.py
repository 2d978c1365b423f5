"""Hostile input: what cannot be read is one line that says why, and changes nothing; what can be read goes all the way."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse.workbench import Workbench
from projects import CHURN, project, write
from terminal import Terminal, contents, is_one_error

REAL = Path(__file__).resolve().parents[1] / "../shared/data/odds_ends"


UNREADABLE: list[tuple[str, bytes, str]] = [
    ("a.csv", b"", "is empty; a file needs at least a header"),
    ("a.csv", b"\xef\xbb\xbf", "has a header and no rows"),
    ("a.csv", b"id,fee\n", "has a header and no rows; give a file with at least one row"),
    ("a.csv", bytes(range(256)) * 20, "is binary data, not text; give a text file in UTF-8"),
    ("a.csv", b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml" + bytes(99), "is an Excel workbook (zip), not text; export it as CSV"),
    ("a.csv", b"id,fee\n1,2\n1,2,3\n", "line 3 has 3 values where 2 are expected"),
    ("a.csv", b"id,fee\n1,2\n3\n", "line 3 has 1 value where 2 are expected"),
    ("a.csv", b'id,fee\n1,"2\n3,4\n', "line 2: a quote is opened and never closed"),
    ("a.csv.gz", b"id,fee\n1,2\n", "is it a whole gzip file?"),
    ("a.csv.gz", gzip.compress(os.urandom(9000))[:500], "is it a whole gzip file?"),
    ("a.exe", b"MZ", "is of no known format (`.exe`); known are csv,"),
    ("a.jsonl", b'{"a": 1}\n{"a":\n', "line 2 is no JSON object"),
    ("a.jsonl", b'{"": 1}\n', "has an empty key; give it a name"),
    ("a.json", b'[{"a": 1}]', "is one JSON list; write one object a line"),
    ("a.parquet", b"PAR1 or not PAR1", "a.parquet"),
    ("a/_delta_log/00000000000000000000.json", b"{", "cannot be read as a Delta table"),
    ("a/readme.md", b"# what this is", "holds no file that can be read"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "says"), UNREADABLE, ids=[says[:30] for _, _, says in UNREADABLE])
def test_a_file_that_cannot_be_read_is_one_line_and_changes_nothing(
    boathouse: Terminal, tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    root = project(tmp_path / "p").project.root
    write(root, {"good.csv": "id,fee\n1,2\n"})
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(data)
    bad = root / Path(name).parts[0]
    before = contents(root)

    for paths in ([bad], [root / "good.csv", bad]):
        answer = boathouse("explore", "--project", root, *paths)
        assert (answer.code, answer.out) == (2, "")
        assert is_one_error(answer.err), answer.err
        assert says in answer.err
        assert bad.name in answer.err
        assert contents(root) == before


def test_a_file_that_is_not_there_offers_its_neighbour(boathouse: Terminal, tmp_path: Path) -> None:
    root = project(tmp_path / "p").project.root
    answer = boathouse("explore", "--project", root, root / "raw/custmers.csv")
    assert (answer.code, is_one_error(answer.err)) == (2, True)
    assert answer.err.endswith(
        "there is no file " + str(root / "raw/custmers.csv") + "; did you mean `customers.csv`?\n"
    )


def test_a_file_that_is_named_twice_is_explored_once(boathouse: Terminal, tmp_path: Path) -> None:
    root = project(tmp_path / "p").project.root
    answer = boathouse("explore", "--json", "--project", root, root / "raw", root / "raw/../raw/customers.csv")
    assert [each["table"] for each in json.loads(answer.out)["datasets"]] == ["customers"]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files stand beside the repository")
def test_a_real_workbook_that_is_named_csv(boathouse: Terminal, tmp_path: Path) -> None:
    root = project(tmp_path / "p").project.root
    answer = boathouse("explore", "--project", root, REAL / "xlsx_named_csv__fraud_oracle.csv")
    assert (answer.code, is_one_error(answer.err)) == (2, True)
    assert "is an Excel workbook (zip), not text; export it as CSV" in answer.err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"id,fee,plan\n1,2\n", "line 2 has 2 values where 3 are expected"),
        (b'id,fee,plan\n1,"2,a\n', "a quote is opened and never closed"),
        (bytes(999), "is binary data"),
    ],
)
def test_a_source_that_became_unreadable_leaves_the_tables_as_they_were(
    boathouse: Terminal, tmp_path: Path, data: bytes, says: str
) -> None:
    bench = project(tmp_path / "p")
    bench.run()
    root = bench.project.root
    (root / "raw/customers.csv").write_bytes(data)
    before = contents(root)

    answer = boathouse("run", "--project", root)
    assert (answer.code, answer.out, is_one_error(answer.err)) == (2, "", True), answer.err
    assert says in answer.err
    assert "tables/bronze/customers.yml:1:" in answer.err
    assert contents(root) == before


NAMES = [
    "customer id", 'quo"te', "back`tick", "dot.ted", "naïve ü", "select", "{braces}", "%s", "1st", "💥", "Case", "case", "", "",
    "a\nb", "it's", "x;y", "#hash", "- a", "a: b", "yes", "null", "0123", "1e5", "${x}", "{{x}}", "back\\slash", '"""', "true",
    "# COMMAND ----------", "a,b", "df", "F", "spark", "value", "rows", "n", "<script>", "a|b", "../../etc",
]  # fmt: skip
VALUES = [
    "o'clock", 'say "hi"', '"""', "back\\slash", "# COMMAND ----------", "${x}", "{{x}}", "yes", "null", "0123", "1e5", "- a", "a: b",
    "#x", "line\nbreak", "%s", "{x}", "💥", "\\n", "'; DROP TABLE x; --", "`tick`", "N/A", "?", "\u2028", "<b>", "true", "-0",
]  # fmt: skip


def csv_text(header: list[str], rows: list[list[str]]) -> str:
    quoted = [",".join('"' + value.replace('"', '""') + '"' for value in row) for row in [header, *rows]]
    return "\n".join(quoted) + "\n"


def whole_way(bench: Workbench, *raw: Path) -> dict[str, list[dict[str, Any]]]:
    """Explore, advise, plan, run twice, export; give the tables, once everything that was written has been read back."""
    bench.explore(raw)
    bench.advise(["all"])
    first = [(table.table, table.rows) for table in bench.run().tables]
    assert [(table.table, table.rows) for table in bench.run(full=True).tables] == first
    assert {action.why for action in bench.plan().actions} == {"same"}
    for file in bench.export():
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".py":
            compile(text, file.name, "exec")
            assert text.startswith("# Databricks notebook source\n")
        if file.suffix == ".json":
            json.loads(text)
    for file in [
        *bench.project.findings.glob("*.yaml"),
        *bench.project.root.glob("*.yml"),
        *bench.project.tables.rglob("*.yml"),
    ]:
        yaml.safe_load(file.read_text(encoding="utf-8"))
    return {str(name): bench.query(f"SELECT * FROM {name}") for name, _ in first}


def test_hostile_names_and_values_go_all_the_way(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", {})
    rows = [[str(i), *(VALUES[(i * j + j) % len(VALUES)] for j in range(1, len(NAMES)))] for i in range(60)]
    write(bench.project.root, {
        "raw/we ird;'f\"ile 1é.csv": csv_text(NAMES, rows),
        "raw/2 nd.csv": "customer id,fee\n" + "".join(f"{i % 60},{i}\n" for i in range(180)),
        "raw/;.csv": "id,a\n1,2\n",
    })  # fmt: skip
    (bench.project.root / "raw/lat'in.csv").write_bytes("id,näme\n1,é\n2,ü\n3,é\n".encode("latin-1"))

    tables = whole_way(bench, bench.project.root / "raw")

    bronze = tables["bronze.we_ird_f_ile_1"]
    assert [[value or "" for value in row.values()] for row in bronze] == rows
    assert len({name.lower() for name in bronze[0]}) == len(NAMES)
    assert [row["näme"] for row in tables["bronze.lat_in"]] == ["é", "ü", "é"]
    assert len(tables["gold.we_ird_f_ile_1_features"]) == 60


printable = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
hostile = st.sampled_from(VALUES) | printable


@st.composite
def raw_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(st.lists(st.sampled_from(NAMES) | printable, min_size=2, max_size=5))
    categories = [draw(st.lists(hostile, min_size=1, max_size=3)) for _ in header]
    rows = draw(st.lists(st.tuples(*(st.sampled_from(values) for values in categories)), min_size=4, max_size=30))
    return header, [list(row) for row in rows]


@pytest.mark.slow
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(raw=raw_tables())
def test_whatever_the_names_and_values_are(
    tmp_path_factory: pytest.TempPathFactory, raw: tuple[list[str], list[list[str]]]
) -> None:
    bench = project(tmp_path_factory.mktemp("any") / "p", {})
    header, rows = raw
    write(bench.project.root, {"raw/t.csv": csv_text(["key", *header], [[str(i), *row] for i, row in enumerate(rows)])})
    tables = whole_way(bench, bench.project.root / "raw/t.csv")
    assert [list(row.values())[1:] for row in tables["bronze.t"]] == [[value or None for value in row] for row in rows]


STEPS = {
    "map_values": "{{step: map_values, column: {name}, values: {{{value}: {other}}}}}",
    "null_if": "{{step: null_if, columns: [{name}], values: [{value}]}}",
    "fill_nulls": "{{step: fill_nulls, column: {name}, using: constant, value: {value}}}",
    "encode": "{{step: encode, column: {name}, method: one_hot, categories: [{value}, {other}]}}",
}


@pytest.mark.parametrize("name", ['quo"te', "back`tick", "dot.ted", "#hash"])
@pytest.mark.parametrize("step", STEPS)
def test_a_value_of_a_step_is_data_everywhere(tmp_path: Path, step: str, name: str) -> None:
    """Each hostile value has a column and a step; what the step does tells that it arrived unharmed."""
    values = VALUES[:12]
    names = [f"{name}{at}" for at in range(len(values))]
    lines = [
        STEPS[step].format(name=quoted(name), value=quoted(value), other=quoted("ø"))
        for name, value in zip(names, values, strict=True)
    ]
    bench = project(tmp_path / "p", {
        "raw/t.csv": csv_text(["id", *names], [["1", *values], ["2", *"z" * len(values)], ["3", *[""] * len(values)]]),
        "tables/bronze/t.yml": "source: {format: csv, path: raw/t.csv}\n",
        "tables/silver/t.yml": "reads: bronze.t\nsteps:\n" + "".join(f"  - {line}\n" for line in lines),
    })  # fmt: skip
    bench.run()
    width = 2 if step == "encode" else 1
    rows = [list(row.values())[-width * len(values) :] for row in bench.query("SELECT * FROM silver.t ORDER BY id")]
    for at, value in enumerate(values):
        expected = {
            "map_values": [["ø"], ["z"], [None]], "null_if": [[None], ["z"], [None]],
            "fill_nulls": [[value], ["z"], [value]], "encode": [[1, 0], [0, 0], [0, 0]],
        }  # fmt: skip
        assert [row[at * width : at * width + width] for row in rows] == expected[step], value
    for file in bench.export():
        if file.suffix == ".py":
            text = file.read_text(encoding="utf-8")
            compile(text, file.name, "exec")
            assert text.count("\n# COMMAND ----------\n") < 10 + len(values)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def test_a_value_of_ten_megabytes_goes_all_the_way(boathouse: Terminal, tmp_path: Path) -> None:
    bench = project(tmp_path / "p", {
        "raw/t.csv": f"id,text\n1,{'x' * 10_000_000}\n2,y\n3,y\n",
        "tables/bronze/t.yml": "source: {format: csv, path: raw/t.csv}\n",
        "tables/silver/t.yml": "reads: bronze.t\nsteps:\n  - {step: fill_nulls, column: text, using: constant, value: z}\n",
    })  # fmt: skip
    bench.explore([bench.project.root / "raw/t.csv"])
    assert bench.project.findings.joinpath("multi_dataset_findings.yaml").exists()
    assert [table.rows for table in bench.run().tables] == [3, 3]
    assert bench.query("SELECT max(length(text)) AS n FROM silver.t") == [{"n": 10_000_000}]
    answer = boathouse("query", "SELECT text FROM bronze.t ORDER BY length(text) DESC", "--project", bench.project.root)
    assert (answer.code, len(answer.out) < 2000) == (0, True)


def test_a_thousand_columns_are_planned_in_time(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", {})
    steps = "".join(f"  - {{step: fill_nulls, column: c{i}, using: constant, value: a}}\n" for i in range(1000))
    write(bench.project.root, {
        "raw/t.csv": ",".join(f"c{i}" for i in range(1000)) + "\n" + ",".join(["1"] * 1000) + "\n",
        "tables/bronze/t.yml": "source: {format: csv, path: raw/t.csv}\n",
        "tables/silver/t.yml": f"reads: bronze.t\nsteps:\n{steps}",
    })  # fmt: skip
    assert len(bench.plan().actions[1].stages) == 1000


CUSTOMERS, SPEND = "tables/silver/customers.yml", "tables/gold/spend.sql"
MISTAKES: list[tuple[str, str | bytes, str]] = [
    (CUSTOMERS, "reeds: bronze.customers\n", f"{CUSTOMERS}:1:1: unknown key `reeds`; did you mean `reads`?"),
    (CUSTOMERS, "reads: bronze.customers\nsteps: 3\n", f"{CUSTOMERS}:2:1: `steps`: expected a list"),
    (CUSTOMERS, "reads: bronze.customers\nsteps:\n  - {step: fil_nulls}\n", f"{CUSTOMERS}:3:6: there is no step `fil_nulls`; did you mean `fill_nulls`?"),
    (CUSTOMERS, "reads: bronze.customers\nsteps:\n  - {step: fill_nulls, colum: a}\n", f"{CUSTOMERS}:3:24: unknown key `colum`; did you mean `column`?"),
    (CUSTOMERS, "reads: bronze.customers\nsteps:\n  - {step: fill_nulls, column: 3, using: mode}\n", ':3:24: `column`: expected text; quote it: "3"'),
    (CUSTOMERS, "reads: bronze.customers\nsteps:\n  - {step: dedupe, key: [idd], keep: first}\n", ":3:5: there is no column `idd`; did you mean `id`?"),
    (CUSTOMERS, "reads: bronze.custmers\n", ":1:1: there is no table `bronze.custmers`; did you mean `bronze.customers`?"),
    (CUSTOMERS, "reads: gold.spend\n", "these tables read each other in a circle: "),
    (CUSTOMERS, "", ":1:1: expected `key: value` lines, found nothing"),
    (CUSTOMERS, "a: [\n", "this is not YAML: "),
    (CUSTOMERS, "a: &a [*a]\n", ":1:4: a value is written out here, not named by `*`"),
    (CUSTOMERS, "[" * 5000, "customers.yml"),
    (CUSTOMERS, b"\xff\xfe\x00", f"{CUSTOMERS} is not UTF-8 text"),
    (CUSTOMERS, "reads: bronze.customers\nreads: bronze.customers\n", ":2:1: the key `reads` is there twice"),
    (CUSTOMERS, "reads: bronze.customers\nfit_on: nope = 1\nsteps:\n  - {step: fill_nulls, column: plan, using: mode}\n", ":2:1: there is no column `nope`"),
    (CUSTOMERS, "reads: bronze.customers\nsteps:\n  - {step: filter_rows, where: 'fee +'}\n", f"{CUSTOMERS}:3:5: this SQL does not parse"),
    ("tables/bronze/customers.yml", "source: {format: csvv, path: x}\n", ":1:10: there is no source format `csvv`; did you mean `csv`?"),
    ("tables/bronze/customers.yml", "source: {format: csv, path: raw/custmers.csv}\n", ":1:23: "),
    ("tables/bronze/customers.yml", 'source: {format: csv, path: "a\\0b"}\n', "a source wants a path"),
    ("tables/orders.yml", "reads: bronze.customers\n", "tables/orders.yml is no table's file; its name would be such as tables/silver/orders.yml"),
    ("tables/silver/orders.yaml", "reads: bronze.customers\n", "its name would be such as tables/silver/orders.yml"),
    ("tables/sliver/orders.yml", "reads: bronze.customers\n", "the folder `sliver` is no layer"),
    ("tables/silver/orders.yml/x", "", "tables/silver/orders.yml cannot be read: Is a directory"),
    (SPEND, "SELECT pln FROM silver.customers\n", f"{SPEND}:1:8: there is no column `pln`; did you mean `plan`?"),
    (SPEND, "SELEC plan\n", f"{SPEND}:1:1: a table's SQL is one SELECT, and this is an expression"),
    (SPEND, "SELECT 1 AS a; DROP TABLE x\n", f"{SPEND}:1:1: there is more than one statement"),
    (SPEND, "/*\nstepps: []\n*/\nSELECT 1 AS a\n", f"{SPEND}:2:1: unknown key `stepps`; did you mean `steps`?"),
    (SPEND, "SELECT 1 AS a, 2 AS A\n", "is there twice"),
    (SPEND, "SELECT NULL AS a\n", "`a` is NULL in every row, of no type; give it one"),
    ("boathouse.yml", "", "boathouse.yml is empty; it wants at least `name: p`"),
    ("boathouse.yml", "name: p\ncatlog: x\n", "boathouse.yml:2:1: unknown key `catlog`; did you mean `catalog`?"),
    ("boathouse.yml", "name: a-b\n", "boathouse.yml:1:1: `name`: expected letters, digits and underscores"),
    ("boathouse.yml", "name: [\n", "this is not YAML"),
    ("fitted.yml", "gold.spend: 3\n", "fitted.yml does not have the form table: step: numbers; delete it"),
    ("fitted.yml", "a: [\n", "fitted.yml:2:1: this is not YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "says"), MISTAKES, ids=[f"{path} {says[:40]}" for path, _, says in MISTAKES])
@pytest.mark.parametrize("verb", ["plan", "run"])
def test_a_mistake_is_one_line_with_its_place_and_changes_nothing(
    boathouse: Terminal, tmp_path: Path, *, path: str, text: str | bytes, says: str, verb: str
) -> None:
    root = project(tmp_path / "p").project.root
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    before = contents(root)

    answer = boathouse(verb, "--project", root)
    assert (answer.code, answer.out) == (2, "")
    assert is_one_error(answer.err), answer.err
    assert says in answer.err
    assert contents(root) == before


@pytest.fixture
def explored(tmp_path: Path) -> Path:
    bench = project(tmp_path / "p", {"raw/customers.csv": CHURN["raw/customers.csv"]})
    bench.explore([bench.project.root / "raw"])
    bench.advise(["all"])
    return bench.project.root


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("advice.yml", "- {id: R-001, table: silver.customers, step: {step: dedupe}, accepted: maybe}\n", "advice.yml:1:"),
        ("advice.yml", "- {id: R-001, tabel: silver.customers, step: {step: dedupe}}\n", "unknown key `tabel`; did you mean `table`?"),
        ("advice.yml", "- {id: R-001, table: customers, step: {step: dedupe}}\n", "`customers` is no table name"),
        ("advice.yml", "accepted: all\n", "advice.yml:1:1: expected a list of recommendations"),
        ("advice.yml", "[\n", "this is not YAML"),
        ("findings/multi_dataset_findings.yaml", "a: [\n", "type `boathouse explore PATHS` again"),
        ("findings/multi_dataset_findings.yaml", "[]\n", "does not have the form of findings"),
        ("findings/multi_dataset_findings.yaml", "datasets: {a: {findings_file: nope.yaml}}\n", "type `boathouse explore PATHS` again"),
    ],
)  # fmt: skip
def test_advice_and_findings_that_were_edited_badly(
    boathouse: Terminal, explored: Path, path: str, text: str, says: str
) -> None:
    (explored / path).write_text(text, encoding="utf-8")
    before = contents(explored)
    answer = boathouse("advise", "--accept", "all", "--project", explored)
    assert (answer.code, answer.out, is_one_error(answer.err)) == (2, "", True), answer.err
    assert says in answer.err
    assert contents(explored) == before


def test_an_unknown_recommendation(boathouse: Terminal, explored: Path) -> None:
    before = contents(explored)
    answer = boathouse("advise", "--accept", "R-01", "--project", explored)
    assert (answer.code, is_one_error(answer.err)) == (2, True)
    assert "there is no recommendation `R-01` in advice.yml; did you mean `R-0" in answer.err
    assert contents(explored) == before
