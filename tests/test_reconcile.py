"""Parallel-run validation: two tables held against each other, the tier that tells, and what it says of each fault."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.fingerprint import asked, fingerprint_sql
from boathouse.names import TableName
from boathouse.quoting import sql_text
from boathouse.reconciliation import NOISE, Reconciliation, tolerances
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.workbench import Workbench
from projects import project
from terminal import Terminal

NAN = float("nan")
SIZE = 3000
START = datetime(1969, 12, 1, tzinfo=UTC)  # so that some instants lie before 1970


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return project(tmp_path / "churn", {})


def orders(**changed: dict[int, Any]) -> pa.Table:
    """Make orders, some values of which are others: orders(plan={7: "b"})."""
    columns: dict[str, list[Any]] = {
        "id": list(range(SIZE)),
        "plan": [f"plan {at % 7}" for at in range(SIZE)],
        "amount": [Decimal(at).scaleb(-2) for at in range(SIZE)],
        "score": [at / 7 for at in range(SIZE)],
        "at": [START + timedelta(minutes=17 * at) for at in range(SIZE)],
    }
    for name, values in changed.items():
        for at, value in values.items():
            columns[name][at] = value
    types = [pa.int64(), pa.string(), pa.decimal128(10, 2), pa.float64(), pa.timestamp("us", "UTC")]
    return pa.table({name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), types, strict=True)})


def held(bench: Workbench, left: Any, right: Any, **options: Any) -> Reconciliation:
    """Hold two Arrow tables against each other: the left one as Delta, the right one as Parquet."""
    folder = bench.project.root
    delta.overwrite(folder / "left", pa.table(left))
    pq.write_table(pa.table(right), folder / "right.parquet")
    return bench.reconcile(str(folder / "left"), str(folder / "right.parquet"), **options)[0]


# ---- the tiers -----------------------------------------------------------------------------------------------------------


def test_the_same_version_is_proven_without_a_look_at_the_data(bench: Workbench) -> None:
    path = bench.project.lake(TableName("silver", "orders"))
    delta.overwrite(path, orders())
    for file in path.glob("*.parquet"):
        file.unlink()
    found, _ = bench.reconcile("silver.orders", "silver.orders@0")

    assert (found.verdict, found.tier, found.right) == ("PROVEN", "metadata", "silver.orders@0")


def test_two_versions_of_a_table(bench: Workbench) -> None:
    path = bench.project.lake(TableName("silver", "orders"))
    delta.overwrite(path, orders())
    delta.overwrite(path, orders(plan={5: "another"}))
    found, _ = bench.reconcile("silver.orders@0", "silver.orders", key=["id"])

    assert (found.verdict, found.tier, found.buckets) == ("DIFFERENT", "rows", 1)
    assert found.comparison.columns[0].samples == (("id=5", "'plan 5'", "'another'"),)
    with pytest.raises(UserError, match=r"silver\.orders has no version 2; the newest is 1"):
        bench.reconcile("silver.orders", "silver.orders@2")


@pytest.mark.parametrize("key", [(), ("id",), ("plan", "at")])
def test_equal_rows_in_another_order_are_proven_by_their_fingerprints(bench: Workbench, key: tuple[str, ...]) -> None:
    found = held(bench, orders(), orders().sort_by([("id", "descending")]), key=key)

    assert (found.verdict, found.tier, found.buckets) == ("PROVEN", "fingerprint", 0)
    assert (found.comparison.left_rows, found.comparison.right_rows) == (SIZE, SIZE)


def test_a_table_in_a_duckdb_file(bench: Workbench) -> None:
    file = bench.project.root / 'old "shop".duckdb'
    table = orders()
    with duckdb.connect(str(file)) as session:
        session.execute("""SET TimeZone = 'UTC'; CREATE SCHEMA "a-b"; CREATE TABLE "a-b"."or""ders" AS FROM "table" """)
    delta.overwrite(bench.project.root / "left", table)
    found, _ = bench.reconcile(str(bench.project.root / "left"), f'{file}::a-b.or"ders', key=["id"])
    both, _ = bench.reconcile(f'{file}::a-b.or"ders', f'{file}::a-b.or"ders')

    assert (found.verdict, found.tier) == ("PROVEN", "fingerprint")
    assert both.verdict == "PROVEN"


def test_tables_without_rows(bench: Workbench) -> None:
    empty = orders().slice(0, 0)

    assert held(bench, empty, empty).tier == "metadata"
    found = held(bench, empty, orders(), key=["id"])
    assert (found.verdict, found.comparison.extra) == ("DIFFERENT", SIZE)


def test_a_table_that_only_delta_can_read(bench: Workbench) -> None:
    from deltalake import write_deltalake

    path = bench.project.root / "parts"
    write_deltalake(path, orders(), partition_by=["plan"])
    delta.overwrite(bench.project.root / "whole", orders())
    found, _ = bench.reconcile(str(path), str(bench.project.root / "whole"), key=["id"])

    assert found.verdict == "PROVEN", found.why


def test_a_table_whose_columns_grew(bench: Workbench) -> None:
    from deltalake import write_deltalake

    path = bench.project.root / "grown"
    for rows in ({"id": [1, 2]}, {"id": [3], "x": [4]}):
        write_deltalake(path, pa.table(rows), mode="append", schema_mode="merge")
    delta.overwrite(bench.project.root / "whole", pa.table({"id": [1, 2, 3], "x": [None, None, 4]}))
    found, _ = bench.reconcile(str(path), str(bench.project.root / "whole"), key=["id"])

    assert found.verdict == "PROVEN", found.why


def test_nested_columns_are_compared_row_by_row(bench: Workbench) -> None:
    left, right = {"id": [1, 2], "tags": [["a"], []]}, {"id": [1, 2], "tags": [["a"], ["b"]]}

    assert held(bench, left, left, key=["id"]).verdict == "PROVEN"
    found = held(bench, left, right, key=["id"])
    assert (found.verdict, found.tier, found.comparison.changed) == ("DIFFERENT", "rows", 1)
    assert found.notes == ("no fingerprint: `tags` is VARCHAR[]; all rows were compared",)


# ---- the faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("plan", None, "NULL against a value"),
        ("plan", " plan\u00a02 ", "blanks"),
        ("plan", "PLAN 2", "upper and lower case"),
        ("plan", "Plan2", "blanks and case"),
        ("plan", "plan 2\0", "another value"),
        ("amount", Decimal("0.10"), "rounded"),
        ("amount", Decimal("0.08"), "rounding of the last digit"),
        ("amount", Decimal("7.00"), "another value"),
        ("score", 1.2857, "rounded"),
        ("score", -9 / 7, "the sign"),
        ("score", NAN, "NaN or infinity"),
        ("score", None, "NULL against a value"),
        ("at", START + timedelta(minutes=17 * 9, hours=-2), "shifted by -2 h"),
        ("at", START + timedelta(minutes=17 * 9 + 1), "another value"),
    ],
)
def test_each_kind_of_change_has_its_word(bench: Workbench, column: str, value: Any, kind: str) -> None:
    found = held(bench, orders(), orders(**{column: {9: value}}), key=["id"])

    assert (found.verdict, found.buckets, found.comparison.changed) == ("DIFFERENT", 1, 1)
    ((change,),) = [each.changes for each in found.comparison.columns]
    assert (change.kind, change.rows, change.samples[0][0]) == (kind, 1, "id=9")


def test_null_against_empty_text(bench: Workbench) -> None:
    found = held(bench, orders(plan={9: ""}), orders(plan={9: None}), key=["id"])

    assert [change.kind for column in found.comparison.columns for change in column.changes] == [
        "NULL against empty text"
    ]


def test_all_faults_at_once(bench: Workbench) -> None:
    right = orders(amount={5: Decimal("99.00")}, plan={6: "plan 6 ", 7: "PLAN 0"}, id={8: -8})
    right = pa.concat_tables([right, right.slice(11, 1), right.slice(11, 1)])
    found = held(bench, orders(), right, key=["id"])

    assert (found.comparison.missing, found.comparison.missing_samples) == (1, ("id=8",))
    assert (found.comparison.extra, found.comparison.extra_samples) == (3, ("id=-8", "id=11", "id=11"))
    assert found.duplicate_keys == (0, 1)
    told = {
        (column.column, change.kind): change.rows for column in found.comparison.columns for change in column.changes
    }
    assert told == {("amount", "another value"): 1, ("plan", "blanks"): 1, ("plan", "upper and lower case"): 1}
    assert found.buckets is not None
    assert found.buckets <= 6


def test_the_noise_of_doubles_passes_with_a_note(bench: Workbench) -> None:
    noisy = orders(score={at: at / 7 * (1 + 1e-10) for at in range(1, SIZE)})
    found = held(bench, orders(), noisy, key=["id"])

    assert (found.verdict, found.why) == ("EQUAL WITHIN TOLERANCE", "noise below 1e-09 relative: score")
    assert held(bench, orders(), noisy, key=["id"], tolerance=["1e-11"]).verdict == "DIFFERENT"
    assert held(bench, orders(), noisy).verdict == "EQUAL WITHIN TOLERANCE"


def test_a_declared_tolerance_holds_for_decimals_too(bench: Workbench) -> None:
    changed = orders(amount={900: Decimal("9.01")})
    found = held(bench, orders(), changed, key=["id"], tolerance=["amount=0.01"])

    assert (found.verdict, found.why) == ("EQUAL WITHIN TOLERANCE", "as declared: amount to 0.01")
    assert held(bench, orders(), changed, key=["id"], tolerance=["amount=0.0001"]).verdict == "DIFFERENT"
    with pytest.raises(UserError, match="`plan` is string; a tolerance is for numbers"):
        held(bench, orders(), orders(), tolerance=["plan=0.1"])


def test_what_a_tolerance_says() -> None:
    assert tolerances(["spend=1e-6", "1e-7"]) == ({"spend": 1e-6}, 1e-7)
    assert tolerances([]) == ({}, NOISE)
    for wrong in ("spend=", "x=-1", "nan", "x=nan", "2", "abc"):
        with pytest.raises(UserError, match="is no tolerance"):
            tolerances([wrong])


def test_keys_with_null_and_keys_of_text(bench: Workbench) -> None:
    left = {"k": ["a", None, ""], "j": [None, 1, None], "x": [1, 2, 3]}
    right = {"k": ["", None, "a"], "j": [None, 1, None], "x": [3, 7, 1]}
    found = held(bench, left, right, key=["k", "j"])

    assert (found.comparison.missing, found.comparison.extra, found.comparison.changed) == (0, 0, 1)
    assert found.comparison.columns[0].samples == (("k=NULL, j=1", "2", "7"),)
    with pytest.raises(UnknownName, match="there is no column `kk`; did you mean `k`"):
        held(bench, left, right, key=["kk"])


def test_names_and_values_that_want_to_be_sql(bench: Workbench) -> None:
    names = ["bucket", "x1", "v1", 'a"b', "it's; --", "`tick`", "{brace}"]
    left = {name: pa.array(["'; DROP TABLE t; --", None, "\0"]) for name in names}
    right = left | {"it's; --": pa.array(["'; DROP TABLE t; --", None, "\0\0"])}

    assert held(bench, left, left, key=['a"b']).verdict == "PROVEN"
    found = held(bench, left, right, key=['a"b', "`tick`"])
    assert [column.column for column in found.comparison.columns] == ["it's; --"]


# ---- the columns ---------------------------------------------------------------------------------------------------------


def test_only_the_type_differs(bench: Workbench) -> None:
    left = {"id": pa.array([1, 2], pa.int32()), "at": pa.array([0, -1], pa.timestamp("us", "UTC"))}
    right = {"id": pa.array([1, 2], pa.int64()), "at": pa.array([0, -1], pa.timestamp("us"))}
    found = held(bench, left, right, key=["id"])

    assert found.verdict == "DIFFERENT"
    assert found.why == (
        "`id` is int left and bigint right; `at` is timestamp left and timestamp_ntz right; "
        "the values of the columns they share are equal"
    )


def test_columns_that_one_side_has(bench: Workbench) -> None:
    left, right = {"id": [1], "x": [1], "y": [2]}, {"z": [1], "x": [5], "id": [1]}
    found = held(bench, left, right, key=["id"])

    kinds = [(each.column, each.kind) for each in found.schema_differences]
    assert kinds == [("y", "missing"), ("z", "extra"), ("", "order")]
    assert found.comparison.columns[0].samples == (("id=1", "1", "5"),)
    assert held(bench, {"a": [1]}, {"b": [1]}).verdict == "NOT COMPARABLE"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("silver.orders", "silver.orders is not built yet"),
        ("nowhere", "there is no table `nowhere`"),
        ("no.parquet", "there is no file no.parquet"),
        ("no.duckdb::main.t", "there is no file no.duckdb"),
        ("no.csv", "there is no file no.csv"),
    ],
)
def test_a_side_that_is_not_there(bench: Workbench, said: str, error: str) -> None:
    delta.overwrite(bench.project.root / "left", orders())

    with pytest.raises(UserError, match=error):
        bench.reconcile(str(bench.project.root / "left"), said)


# ---- a table elsewhere ---------------------------------------------------------------------------------------------------


def answered(file: Path, table: pa.Table, schema: Schema, key: tuple[str, ...], types: str = "") -> Path:
    """Save what the remote statement would answer over a table, as a download of its result is."""
    engine = DuckDB()
    engine.register("remote", "t", table)
    relation = Relation("remote.t", schema, "duckdb")
    said = f"{sql_text(asked(relation, key), 'duckdb')} AS asked, {sql_text(types or ', '.join(schema.types.values()), 'duckdb')} AS types"
    rows = engine.rows(f"SELECT *, {said} FROM ({fingerprint_sql(relation, key)})")
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return file


TYPES = Schema.of(id="bigint", plan="string", amount="decimal(10,2)", score="double", at="timestamp")


def test_a_fingerprint_from_elsewhere_proves_or_names_the_columns(bench: Workbench, tmp_path: Path) -> None:
    here = str(tmp_path / "here")
    delta.overwrite(Path(here), orders())

    def verdict(table: pa.Table, key: tuple[str, ...] = ("id",), types: str = "") -> tuple[str, str]:
        file = answered(tmp_path / "answer.csv", table, TYPES, key, types)
        found, _ = bench.reconcile(here, str(file), key=["id"])
        return found.verdict, found.why

    assert verdict(orders()) == ("PROVEN", "")
    assert verdict(orders(plan={3: "x"})) == ("DIFFERENT", "1 of 256 buckets differ, in plan (1)")
    assert verdict(orders(score={3: 0.5}))[0] == "NOT COMPARABLE"
    assert verdict(orders(), key=())[0] == "NOT COMPARABLE"
    assert verdict(orders(), types="int, string, decimal(10,2), double, timestamp")[0] == "DIFFERENT"
    assert verdict(orders().slice(1))[0] == "DIFFERENT"


def test_a_csv_that_is_no_fingerprint(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("id,plan\n1,a\n", encoding="utf-8")
    delta.overwrite(tmp_path / "here", orders())

    with pytest.raises(UserError, match="is no fingerprint"):
        bench.reconcile(str(tmp_path / "here"), str(tmp_path / "orders.csv"))


def test_the_statement_for_databricks_quotes_every_name(bench: Workbench, tmp_path: Path) -> None:
    delta.overwrite(tmp_path / "here", pa.table({"id": [1], "a`b": ["x"]}))
    sql = bench.reconcile_sql(str(tmp_path / "here"), "main.shop.`my``table`", key=["id"])

    assert "FROM `main`.`shop`.`my``table`" in sql
    assert "`a``b` AS `x2`" in sql
    with pytest.raises(UserError, match="is no name of a table in Databricks"):
        bench.reconcile_sql(str(tmp_path / "here"), "a.b.c.d")


@pytest.mark.spark
def test_spark_answers_the_statement(bench: Workbench, tmp_path: Path, spark: Any) -> None:
    delta.overwrite(tmp_path / "here", orders())
    spark.read.format("delta").load(str(tmp_path / "here")).createOrReplaceTempView("there")
    rows = [
        row.asDict() for row in spark.sql(bench.reconcile_sql(str(tmp_path / "here"), "there", key=["id"])).collect()
    ]
    with (tmp_path / "answer.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    found, _ = bench.reconcile(str(tmp_path / "here"), str(tmp_path / "answer.csv"), key=["id"])

    assert (found.verdict, found.tier, found.why) == ("PROVEN", "fingerprint", "")


# ---- the verb ------------------------------------------------------------------------------------------------------------


def test_the_verb_shows_what_differs_and_fails(bench: Workbench, boathouse: Terminal) -> None:
    root = bench.project.root
    delta.overwrite(root / "a", orders())
    delta.overwrite(root / "b", orders(plan=dict.fromkeys(range(5), "<b>")))
    words = ("reconcile", root / "a", root / "b", "--key", "id", "--project", root)
    answer = boathouse(*words)

    assert answer.code == 1
    assert "DIFFERENT by rows - the rows differ" in answer.out
    assert "another value" in answer.out
    report = next((root / "dist" / "reconcile").glob("*.html"))
    assert "&lt;b&gt;" in report.read_text(encoding="utf-8")
    assert json.loads(report.with_suffix(".json").read_text(encoding="utf-8"))["changed"] == 5

    document = boathouse(*words, "--json")
    assert (document.code, json.loads(document.out)["verdict"]) == (1, "DIFFERENT")


def test_the_verb_ends_well_when_equal(bench: Workbench, boathouse: Terminal) -> None:
    root = bench.project.root
    delta.overwrite(root / "a", orders())
    answer = boathouse("reconcile", root / "a", root / "a", "--project", root, "--out", root / "elsewhere")

    assert (answer.code, answer.err) == (0, "")
    assert "PROVEN by metadata" in answer.out
    assert list((root / "elsewhere").glob("*.html"))
    sql = boathouse(
        "reconcile", root / "a", "main.shop.orders", "--key", "id", "--sql", "databricks", "--project", root
    )
    assert (sql.code, sql.out.startswith("SELECT fingerprint.*")) == (0, True)
