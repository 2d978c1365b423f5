"""One Spark session for all tests, since it takes seconds to start, and the sample as frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from pyspark.sql import DataFrame, SparkSession

from churn.config import ConfigLoader, EnvironmentConfig
from churn.session import SparkSessionFactory

from sample import frame_of


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> EnvironmentConfig:
    """Give settings whose schemas no one else uses; TEST_ENVIRONMENT=dev runs the integration tests on Databricks."""
    overrides: dict = {"catalog": {"schema": "churn_test"}}
    environment = os.environ.get("TEST_ENVIRONMENT", "local")
    if environment == "local":
        warehouse = tmp_path_factory.mktemp("warehouse").as_uri()
        overrides["spark"] = {"config": {"spark.sql.warehouse.dir": warehouse}}
    return ConfigLoader.load(environment, overrides)


@pytest.fixture(scope="session")
def spark(config: EnvironmentConfig) -> Iterator[SparkSession]:
    session = SparkSessionFactory.create(config)
    yield session
    if config.environment == "local":
        session.stop()


@pytest.fixture
def sample(spark: SparkSession) -> Callable[[str], DataFrame]:
    """Give a table of the sample: sample("silver.orders")."""
    return lambda table: frame_of(spark, table)
