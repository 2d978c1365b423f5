"""The same jobs on Spark: the tables of its catalog in and out, the same scores, and the events of any process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boathouse.coordination_hooks import CoordinationHooks
from boathouse.data_ingestion import DataIngestion
from boathouse.engines.spark import quiet
from boathouse.errors import UserError
from boathouse.project_lake import project_lake
from boathouse.spark_lake import SparkLake
from boathouse.workbench import Workbench
from claims_project import make

pytestmark = pytest.mark.spark

PLACE: dict[str, Any] = {"catalog": "spark_catalog", "schema": "claims_gold"}


@pytest.fixture
def schemas(spark: Any) -> Iterator[Any]:
    """The schemas of the claims in Spark's catalog."""
    for layer in ("gold", "ops"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS spark_catalog.claims_{layer}")
    yield spark
    for layer in ("gold", "ops"):
        spark.sql(f"DROP SCHEMA spark_catalog.claims_{layer} CASCADE")


def released(bench: Workbench, spark: Any) -> None:
    """Have the features and their release stand in Spark's catalog, as the pipeline's job leaves them there."""
    bench.job("ingest")
    for layer, table in (("gold", "features"), ("ops", "releases")):
        rows = spark.read.format("delta").load(str(bench.project.lake_schema(layer) / table))
        rows.write.format("delta").saveAsTable(f"spark_catalog.claims_{layer}.{table}")


def test_the_chain_on_spark_gives_what_it_gives_here(tmp_path: Path, schemas: Any) -> None:
    bench, here = make(tmp_path / "there"), make(tmp_path / "here")
    released(bench, schemas)
    for name in ("features", "train", "fairness-validate", "register", "score", "monitor"):
        done = bench.job(name, spark=schemas, **PLACE)
        assert done.refused == "", name
    assert done.said.endswith("drift is stable")

    for name in ("ingest", "features", "train", "fairness-validate", "register", "score"):
        here.job(name)
    with quiet():
        for table in ("fraud_scores_lightgbm", "pred_claims_fraud"):
            there = schemas.table(f"spark_catalog.claims_gold.{table}").toArrow().to_pylist()
            own = here.query(f"SELECT * FROM gold.{table}", at="newest")
            by_claim = {row["claim_id"]: row for row in own}
            assert len(there) == len(own) == 600
            assert all(row == by_claim[row["claim_id"]] for row in there)

        lake = project_lake(bench.project, spark=schemas, **PLACE)
        assert isinstance(lake, SparkLake)
        status = CoordinationHooks(lake).get_pipeline_status()
        assert (status["deployment"]["status"], status["drift_detection"]["status"]) == ("passed", "passed")


def test_a_notebook_outside_of_any_project_has_the_sessions_tables(
    tmp_path: Path, schemas: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ingestion = DataIngestion(spark=schemas)
    ingestion.save_to_delta({"claim_id": ["a"]}, "spark_catalog", "claims_gold", "one")
    assert ingestion.load_from_delta("spark_catalog", "claims_gold", "one")["claim_id"].tolist() == ["a"]
    with pytest.raises(UserError, match="which model is it for"):
        ingestion.load_train_val_test()


def test_frames_go_into_spark_and_come_out(tmp_path: Path, schemas: Any) -> None:
    bench = make(tmp_path)
    ingestion = DataIngestion(lake=project_lake(bench.project, spark=schemas, **PLACE))
    assert ingestion.save_to_delta({"claim_id": ["a", "b"], "n": [1, 2]}, "spark_catalog", "claims_gold", "few") == 0
    assert ingestion.save_to_delta({"claim_id": ["c"]}, "spark_catalog", "claims_gold", "few", mode="append") == 1
    found = ingestion.lake.read(ingestion.lake.namespace.place("few"), ["claim_id"], 0)
    assert sorted(found["claim_id"].to_pylist()) == ["a", "b"]
    with pytest.raises(UserError, match=r"there is no table spark_catalog\.claims_gold\.fex"):
        ingestion.load_from_delta("spark_catalog", "claims_gold", "fex")
    with pytest.raises(UserError, match=r"no column `claim`"):
        ingestion.lake.read(ingestion.lake.namespace.place("few"), ["claim"])
