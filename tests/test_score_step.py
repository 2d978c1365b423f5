"""The step `score`: a table of predictions, which knows the version of the model that made it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from boathouse.comparison import compare
from boathouse.engines.spark import Spark, quiet
from boathouse.errors import EngineError, StepError, UserError
from boathouse.ml.tracking.stand_in import named_here
from boathouse.ml.tracking.store import store_of
from boathouse.models.scorecard import Scorecard
from boathouse.names import TableName
from boathouse.step import STEPS
from boathouse.workbench import Workbench
from lakeflow import Lakeflow
from projects import CHURN, project, write
from terminal import SOURCE
from tracked import CHEAP, DEAR, ROWS, registry_of, trained

PREDICTED = """\
reads: silver.customers
steps:
  - {step: score, model: churn, columns: [fee, plan], into: risk}
"""
FILES = {**CHURN, "tables/gold/pred_churn.yml": PREDICTED}
Score = STEPS.member("score")


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return project(tmp_path / "churn", FILES)


def champion(bench: Workbench, model: Scorecard = CHEAP, rows: pa.Table = ROWS) -> None:
    """Train a model, and make it the champion."""
    registry = registry_of(bench.project)
    registry.set_alias(trained(registry.store, model, rows), "champion")


def risks(bench: Workbench) -> dict[int, float]:
    return {row["id"]: row["risk"] for row in bench.query("SELECT id, risk FROM gold.pred_churn", at="newest")}


def why(bench: Workbench, table: str = "gold.pred_churn") -> str:
    return next(action.told for action in bench.plan().actions if str(action.name) == table)


# ---- a table of predictions ----------------------------------------------------------------------------------------


def test_a_table_is_scored_by_the_champion(bench: Workbench) -> None:
    champion(bench)
    bench.run()

    assert risks(bench) == {1: 110.0, 2: 20.0, 3: 116.0, 4: 9999.0, 5: 112.0}
    assert bench.plan().actions[-2].schema["risk"].type == "double"
    assert why(bench) == "same"


def test_another_version_is_seen_and_said(bench: Workbench) -> None:
    champion(bench)
    bench.run()
    trained(registry_of(bench.project).store, DEAR)
    assert why(bench) == "same"  # the challenger scores nothing

    champion(bench, DEAR)
    assert why(bench) == "stale: the model churn@champion is version 3, was 1"
    assert [str(table.table) for table in bench.run().tables] == ["gold.pred_churn"]
    assert risks(bench)[4] == -2 * 9999.0


def test_a_version_can_be_pinned(bench: Workbench) -> None:
    write(bench.project.root, {"tables/gold/pred_churn.yml": PREDICTED.replace("into", "version: 1, into")})
    champion(bench)
    bench.run()
    champion(bench, DEAR)

    assert why(bench) == "same"
    assert risks(bench)[1] == 110.0


def test_the_rest_is_built_before_there_is_a_model(bench: Workbench) -> None:
    """What a model is to be trained on may be a table of the same pipeline."""
    action = next(each for each in bench.plan().actions if each.models)
    assert action.warnings == ("the model churn@champion is not there yet: train it with `boathouse job train`",)

    with pytest.raises(
        UserError, match=r"gold\.pred_churn: there is no model main\.churn_gold\.churn; .*boathouse job train"
    ):
        bench.run()
    assert bench.query("SELECT count(*) AS rows FROM silver.customers", at="newest") == [{"rows": 5}]
    trained(registry_of(bench.project).store)
    with pytest.raises(
        UserError, match=r"is the champion; give one with `boathouse model promote churn --to champion`"
    ):
        bench.run()


def test_each_environment_asks_its_own_models(bench: Workbench) -> None:
    champion(bench)
    assert why(bench) == "new"
    dev = Workbench(bench.project.root, env="dev")
    assert next(action for action in dev.plan().actions if action.models).warnings


def test_new_rows_are_scored_without_the_old(tmp_path: Path) -> None:
    files = {
        "landing/one.csv": "fee,plan\n10,a\n20,b\n",
        "tables/bronze/feed.yml": "source: {format: csv, path: landing}\n",
        "tables/gold/pred_churn.yml": "reads: bronze.feed\nsteps:\n  - {step: cast, columns: {fee: double}}\n"
        "  - {step: score, model: churn, columns: [fee, plan], into: risk}\n",
    }
    bench = project(tmp_path / "fed", files)
    champion(bench)
    bench.run()
    write(bench.project.root, {"landing/two.csv": "fee,plan\n30,a\n"})
    assert "only new rows are read" in why(bench)
    bench.run()
    query = "SELECT fee, risk FROM gold.pred_churn ORDER BY fee"
    grown = bench.query(query, at="newest")
    assert grown == [{"fee": 10.0, "risk": 110.0}, {"fee": 20.0, "risk": 20.0}, {"fee": 30.0, "risk": 130.0}]

    write(bench.project.root, {"landing/three.csv": "fee,plan\n40,a\n"})
    champion(bench, DEAR)
    assert "full: the model churn@champion changed" in why(bench)
    bench.run()
    assert [row["risk"] for row in bench.query(query, at="newest")] == [80.0, -40.0, 40.0, 20.0]


def test_a_model_that_is_given_the_wrong_columns_says_so_before_any_row(bench: Workbench) -> None:
    champion(bench, Scorecard({"fee": 1.0, "age": 1.0}), ROWS.append_column("age", pa.array([1, 2, 3, 4])))
    with pytest.raises(StepError, match=r"gold\.pred_churn: the model wants the column `age`, which it is not given"):
        bench.run()


def test_a_model_that_fails_is_named(bench: Workbench) -> None:
    champion(bench, Scorecard({"fee": 1.0, "plan": {"c": "much"}}))  # type: ignore[dict-item]
    with pytest.raises(EngineError, match=r"gold\.pred_churn: the model churn@champion cannot score these rows: "):
        bench.run()


def test_it_says_what_is_missing_where_mlflow_is_not_installed(bench: Workbench) -> None:
    code = (
        "import sys; sys.modules |= {name: None for name in ('mlflow', 'numpy', 'pandas', 'sqlalchemy')}\n"
        "from boathouse.workbench import Workbench\nfrom boathouse.errors import MissingExtra\n"
        f"bench = Workbench({str(bench.project.root)!r})\n"
        "bench.project.lake_schema('models').mkdir(parents=True)\n"
        "(bench.project.lake_schema('models') / 'mlflow.db').touch()\n"
        "try:\n    bench.plan()\nexcept MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True
    )
    assert "pip install 'boathouse[ml]'" in done.stdout


# ---- mistakes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"alias": "champion", "version": 1}, "not by both"),
        ({"alias": "latest"}, "kept by MLflow"),
        ({"alias": "v3"}, "kept by MLflow"),
        ({"model": "main.claims.churn"}, "pattern"),
        ({"model": "x') --"}, "pattern"),
        ({"columns": []}, "at least 1"),
        ({"columns": ["fee", "Fee"]}, "given to a model once"),
    ],
)
def test_a_mistake_is_said(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Score(**{"model": "churn", "columns": ["fee"], "into": "risk", **fields})


def test_a_date_is_no_number(bench: Workbench) -> None:
    text = PREDICTED.replace(
        "steps:", "steps:\n  - {step: derive, column: day, expression: current_date(), type: date}"
    )
    write(bench.project.root, {"tables/gold/pred_churn.yml": text.replace("[fee, plan]", "[fee, day]")})
    with pytest.raises(StepError, match="`day` is date, and a model is given numbers, texts and booleans"):
        bench.plan()


# ---- what leaves ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Score once; what leaves changes nothing here."""
    bench = project(tmp_path_factory.mktemp("built") / "churn", FILES)
    champion(bench)
    bench.run()
    return bench


LOADED = 'score_churn = mlflow.pyfunc.spark_udf(spark, f"models:/{}.churn@champion", result_type="double")'


@pytest.mark.parametrize(
    ("target", "options", "file", "where"),
    [
        ("databricks", {}, "notebooks/gold_pred_churn.py", "{CATALOG}.{SCHEMA}_gold"),
        ("declarative", {}, "transformations/gold/pred_churn.py", "{MODELS}"),
        ("bundle", {}, "src/notebooks/gold_pred_churn.py", "{CATALOG}.{SCHEMA}_gold"),
        ("bundle", {"pipeline": True}, "src/transformations/gold/pred_churn.py", "{MODELS}"),
        ("bundle", {"style": "modules"}, "src/churn/transformations/gold/pred_churn.py", "{models}"),
    ],
)
def test_each_target_asks_the_model_where_it_stands_there(
    built: Workbench, tmp_path: Path, *, target: str, options: dict[str, Any], file: str, where: str
) -> None:
    built.export(target, options=options, out=tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")

    assert "import mlflow" in text
    assert LOADED.replace("{}", where) in text
    if where == "{MODELS}":
        assert 'MODELS = spark.conf.get("models")' in text
        settings = "pipeline.json" if target == "declarative" else "resources/pipelines.yml"
        wanted = "main.churn_gold" if target == "declarative" else "${var.catalog}.${resources.schemas.gold.name}"
        assert wanted in (tmp_path / settings).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("dbt", {}, r"gold\.pred_churn asks the model churn@champion, which a model of dbt, being SQL, cannot"),
        ("declarative", {"runtime": "open-source"}, r"gold\.pred_churn asks a model, .* not on Spark Connect"),
    ],
)
def test_a_target_that_cannot_ask_refuses_by_name(
    built: Workbench, target: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        built.export(target, options=options)


# ---- on Spark ------------------------------------------------------------------------------------------------------


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_spark_scores_as_duckdb_does(bench: Workbench) -> None:
    champion(bench)
    bench.run()
    bench.export("databricks")
    proof = bench.prove("databricks")

    assert {table.table: table.comparison.verdict for table in proof.tables}["gold.pred_churn"] == "PROVEN"
    assert proof.proven


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_run_on_spark_asks_the_same_model(bench: Workbench) -> None:
    champion(bench)
    bench.run()
    here = risks(bench)
    write(
        bench.project.root,
        {"tables/gold/pred_churn.yml": f"{PREDICTED}  - {{step: rename, columns: {{plan: tariff}}}}\n"},
    )
    bench.run(engine="spark")

    assert risks(bench) == here
    assert why(bench) == "same"


@pytest.mark.spark
def test_a_declarative_pipeline_scores_the_same(
    bench: Workbench, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Databricks, by a stand-in."""
    champion(bench)
    bench.run()
    bench.export("declarative", out=tmp_path / "out")
    settings = {
        "landing": str(bench.project.root / "raw"), "models": "spark_catalog.churn_gold", "spark.master": "local[2]",
    }  # fmt: skip
    engine, schemas = Spark(spark), [f"churn_{layer}" for layer in ("bronze", "silver", "gold")]
    for schema in schemas:
        engine.create_schema(schema, tmp_path / "tables" / schema)
    lakeflow = Lakeflow(spark, settings)
    with quiet(), named_here(store_of(bench.project), "spark_catalog", "churn_gold"):
        lakeflow.load(tmp_path / "out", "pipelines", monkeypatch)
        lakeflow.update()
    found = compare(bench.project.lake(TableName("gold", "pred_churn")), tmp_path / "tables/churn_gold/pred_churn")
    for schema in schemas:
        engine.drop_schema(schema)

    assert found.equal, found.why
