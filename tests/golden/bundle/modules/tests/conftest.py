"""One Spark session for all tests, since it takes seconds to start, and the sample as frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
import yaml
from pyspark.sql import DataFrame, SparkSession

from churn import config as settings
from churn.session import SparkSessionFactory

from sample import frame_of

ENVIRONMENT = os.environ.get("TEST_ENVIRONMENT", "local")  # dev runs the integration tests on Databricks


@pytest.fixture(scope="session")
def config_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the environment's settings into a file of the tests' own, with schemas that no one else uses."""
    folder = tmp_path_factory.mktemp("settings")
    own: dict = {"catalog": {"schema": "churn_test"}}
    if ENVIRONMENT == "local":
        own["spark"] = {"config": {"spark.sql.warehouse.dir": (folder / "warehouse").as_uri()}}
    usual = yaml.safe_load((settings.FOLDER / f"{ENVIRONMENT}.yaml").read_text(encoding="utf-8"))
    path = folder / f"{ENVIRONMENT}.yaml"
    path.write_text(yaml.safe_dump(settings.merged(usual, own)), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def config(config_path: str) -> settings.EnvironmentConfig:
    return settings.ConfigLoader.load(ENVIRONMENT, config_path)


@pytest.fixture(scope="session")
def spark(config_path: str) -> Iterator[SparkSession]:
    session = SparkSessionFactory.create(ENVIRONMENT, config_path)
    yield session
    if ENVIRONMENT == "local":
        session.stop()


@pytest.fixture
def sample(spark: SparkSession) -> Callable[[str], DataFrame]:
    """Give a table of the sample: sample("silver.orders")."""
    return lambda table: frame_of(spark, table)
