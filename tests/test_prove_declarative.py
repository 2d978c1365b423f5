"""The declarative export on real Spark: by its own command line, and as Databricks would run it, by a stand-in for that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import churn_project
from boathouse import export, export_files
from boathouse.comparison import compare
from boathouse.declarative.lazy_text import made_lazy
from boathouse.engines import delta, spark_pipelines
from boathouse.engines import spark as engine
from boathouse.errors import UserError
from boathouse.learned import learned
from boathouse.proof import Proof, prove
from boathouse.quoting import python_text, sql_name
from boathouse.rehearsal import OF_THE_RUN
from boathouse.run import run
from examples import Tables, as_pyspark, assert_makes, fitted_on_duckdb, lazy_text, pyspark_text, types_of
from lakeflow import Lakeflow, UpdateFailed
from test_export_declarative import EXAMPLES, FEED
from test_steps import hostile

if TYPE_CHECKING:
    from boathouse.config import Project
    from boathouse.step import Example

OPEN = {"runtime": "open-source"}


def exported(project: Project, **options: str) -> Path:
    asked = export.Export(churn_project.planned(project), "main", "churn", learned=learned(project))
    out = project.dist("declarative")
    export_files.write(export.target("declarative", options).files(asked), out)
    return out


def built(root: Path, changed: dict[str, str] | None = None) -> Project:
    project = churn_project.make(root, changed)
    run(churn_project.planned(project), project)
    return project


def proven(project: Project, out: Path) -> Proof:
    return prove(churn_project.planned(project), project, "declarative", out)


def change(out: Path, path: str, old: str, new: str) -> None:
    file = out / "transformations" / f"{path}.py"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


# ---- open-source Spark, by spark-pipelines ----------------------------------------------------------------------------


def test_a_proof_wants_the_variant_for_open_source_spark(tmp_path: Path) -> None:
    project = built(tmp_path / "churn")

    with pytest.raises(UserError, match="holds no pipeline for open-source Spark"):
        proven(project, exported(project))


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_every_table_is_proven(tmp_path: Path) -> None:
    project = built(tmp_path / "fed", FEED)
    proof = proven(project, exported(project, **OPEN))

    assert {table.table: (table.verdict, table.why) for table in proof.tables} == {
        "bronze.changes": ("PROVEN", "compared without _ingested_at, _run_id"),
        **dict.fromkeys(
            (
                "bronze.customers", "bronze.plans", "silver.customers", "silver.customers_quarantine", "silver.plans", "silver.now",
                "silver.versions", "silver.versions_quarantine", "gold.customer_features", "gold.spend",
            ),
            ("PROVEN", ""),
        ),
    }  # fmt: skip
    assert proof.engines.startswith("Spark Connect ")


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_what_is_not_the_same_or_breaks_a_rule_is_found_out(tmp_path: Path) -> None:
    project = built(tmp_path / "churn")
    out = exported(project, **OPEN)
    change(out, "silver/customers", "median_age = 39.0", "median_age = 38.0")
    change(out, "gold/customer_features", "count(*) - count(DISTINCT `customer_id`) = 0", "count(*) = 0")
    change(out, "gold/spend", "count(*) AS customers", "counts(*) AS customers")
    proof = proven(project, out)
    tables = {table.table: table for table in proof.tables}

    assert not proof.proven
    assert "Cannot resolve routine `counts`" in tables["gold.spend"].why
    # What Spark does not understand stops the update before it makes anything.
    assert tables["silver.customers"].why == "its table could not be made on Spark"

    change(out, "gold/spend", "counts(*) AS customers", "count(*) AS customers")
    proof = proven(project, out)
    tables = {table.table: table for table in proof.tables}

    assert tables["silver.customers"].verdict == "DIFFERENT"
    assert tables["silver.plans"].verdict == "PROVEN"
    assert tables["churn_gold.customer_features_checks"].verdict == "NOT COMPARABLE"
    assert (
        tables["churn_gold.customer_features_checks"].why == "the contract of gold.customer_features does not hold: key"
    )


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_join_that_would_double_rows_ends_the_update(tmp_path: Path) -> None:
    project = built(tmp_path / "churn")
    out = exported(project, **OPEN)
    change(out, "silver/plans", "return df.", "df = df.union(df)\n    return df.")
    tables = {table.table: table for table in proven(project, out).tables}

    assert (
        tables["gold.customer_features"].why == "silver.plans holds a key (plan) twice, and the join would double rows"
    )


@pytest.mark.spark
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_statements_that_can_wait_mean_the_same(example: Example, spark: Any) -> None:
    if lazy_text(example) == pyspark_text(example, freeze=True):
        return  # tests/test_steps.py runs it
    for one in (example, hostile(example)):
        assert_makes(as_pyspark(one, spark, text=lazy_text(one)), one)


# ---- Databricks, by a stand-in ----------------------------------------------------------------------------------------


@pytest.fixture
def lakeflow(spark: Any, tmp_path: Path) -> Iterator[Lakeflow]:
    spark_engine, schemas = engine.Spark(spark), [f"churn_{layer}" for layer in ("bronze", "silver", "gold")]
    for schema in schemas:
        spark_engine.create_schema(schema, tmp_path / "tables" / schema)
    yield Lakeflow(spark, {})
    for schema in schemas:  # a proof of the same name is to have its own
        spark_engine.drop_schema(schema)


def land(project: Project, lakeflow: Lakeflow) -> None:
    lakeflow.configuration["landing"] = str(project.root / "raw")


@pytest.mark.spark
@pytest.mark.parametrize("names", ["pipelines", "dlt"])
def test_databricks_files_make_the_same_tables(
    names: str, tmp_path: Path, lakeflow: Lakeflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = built(tmp_path / "fed", FEED)
    land(project, lakeflow)
    lakeflow.load(exported(project, names=names), names, monkeypatch)
    lakeflow.update()

    for action in churn_project.planned(project).actions:
        for name in action.writes:
            of_the_run = {*OF_THE_RUN, *([action.run_column] if name != action.name else [])}
            columns = delta.schema(project.lake(name)).names
            made = tmp_path / "tables" / f"churn_{name.layer}" / name.table
            found = compare(project.lake(name), made, without=tuple(of_the_run & {*columns}))
            assert found.equal, f"{name}: {found.why}"
    expected = lakeflow.datasets["churn_silver.customers"]
    quarantined = lakeflow.session.table("spark_catalog.churn_silver.customers_quarantine").count()
    assert expected.broken["valid_age"] == quarantined
    assert lakeflow.datasets["churn_silver.customers_checks"].broken["key"] == 0


@pytest.mark.spark
@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("fail: {plausible: age < 40}", "churn_silver.customers: plausible"),
        ("fail: {enough: row_count() >= 100}", "churn_silver.customers_checks: enough"),
    ],
)
def test_a_rule_that_must_hold_and_does_not_fails_the_update(
    rule: str, broken: str, tmp_path: Path, lakeflow: Lakeflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = built(tmp_path / "churn")
    file = project.root / "tables/silver/customers.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("  drop:", f"  {rule}\n  drop:"), encoding="utf-8")
    land(project, lakeflow)
    lakeflow.load(exported(project), "pipelines", monkeypatch)

    with pytest.raises(UpdateFailed, match=broken):
        lakeflow.update()


@pytest.mark.spark
def test_two_changes_of_a_key_at_one_moment_fail_the_update(
    tmp_path: Path, lakeflow: Lakeflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = built(tmp_path / "fed", FEED)
    (project.root / "raw/changes/three.csv").write_text(
        "id,op,at,lsn,plan,visits\n3,U,2024-05-03,1,max,7\n", encoding="utf-8"
    )
    land(project, lakeflow)
    lakeflow.load(exported(project), "pipelines", monkeypatch)

    with pytest.raises(UpdateFailed, match="feed_checks: one_change_at_a_moment"):
        lakeflow.update()


@pytest.mark.spark
def test_open_source_spark_takes_the_statements_of_every_step(spark: Any, tmp_path: Path) -> None:
    """Where a table that is read is not there yet, Spark looks nothing up before it has the whole graph."""
    examples = [each for each in EXAMPLES.values() if each.step.step != "score"]  # the export refuses it by name
    parts = [text for at, example in enumerate(examples) for text in declared(example, at)]
    imports = ["datetime import date, datetime", "decimal import Decimal", "pyspark import pipelines as dp"]
    imports += ["pyspark.sql import Window", "pyspark.sql import functions as F"]
    code = "\n\n\n".join(["\n".join(f"from {name}" for name in imports), *parts])
    (tmp_path / "steps.py").write_text(code, encoding="utf-8")
    engine.Spark(spark).create_schema("steps", tmp_path / "tables")
    spec = {
        "name": "steps", "storage": (tmp_path / "storage").as_uri(), "catalog": "spark_catalog", "schema": "steps",
        "libraries": [{"glob": {"include": "steps.py"}}],
    }  # fmt: skip
    (tmp_path / "spark-pipeline.yml").write_text(yaml.safe_dump(spec), encoding="utf-8")

    assert len(parts) >= 2 * len(examples)
    assert spark_pipelines.update(tmp_path / "spark-pipeline.yml", engine.Spark(spark).serve(), is_dry=True) == {}


def declared(example: Example, at: int) -> Iterator[str]:
    """Write an example's step as a dataset, and what it reads as datasets of no row."""
    tables = Tables.of(example)
    for name, arrow in {"given": tables.given, **tables.others}.items():
        columns = ", ".join(
            f"CAST(NULL AS {kind}) AS {sql_name(column, 'databricks')}" for column, kind in types_of(arrow).items()
        )
        read = f"return spark.sql({python_text(f'SELECT {columns} LIMIT 0')})"
        yield dataset(f"e{at}_{name.replace('.', '_')}", read)
    relation = replace(
        tables.relation("df", "databricks"), place=lambda name, _dialect: f"steps.e{at}_{name.layer}_{name.table}"
    )
    text = made_lazy(fitted_on_duckdb(example).pyspark_lazy(relation))
    yield dataset(f"e{at}", f'df = spark.table("steps.e{at}_given")\n{text}\nreturn df')


def dataset(name: str, body: str) -> str:
    return f'@dp.materialized_view(name="steps.{name}")\ndef {name}():\n{indent(body, "    ")}'
