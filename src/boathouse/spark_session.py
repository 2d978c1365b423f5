"""Spark session: the one that an environment's settings ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boathouse.config import LOCAL
from boathouse.engines import spark
from boathouse.environment_file import ConfigLoader


class SparkSessionFactory:
    """Make the Spark session of an environment."""

    @staticmethod
    def create(env: str, config_path: Path | str | None = None) -> Any:
        """Give a local session with Delta for `local`; elsewhere Databricks' own, or that of SPARK_REMOTE.

        A local Spark knows one catalog, `spark_catalog`. Its named tables end with it, unless
        spark.sql.warehouse.dir says where they are to stay.
        """
        spark_config = ConfigLoader.load(env, config_path).spark
        if env == LOCAL:
            return spark.local_session(spark_config.all_settings)
        return spark.distant_session(spark_config.config)
