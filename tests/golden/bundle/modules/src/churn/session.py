"""The Spark session: one of your own on a laptop, Databricks' elsewhere."""

from __future__ import annotations

from pyspark.sql import SparkSession

from churn.config import ConfigLoader, EnvironmentConfig


class SparkSessionFactory:
    """Makes the session that an environment is configured for."""

    @staticmethod
    def create(env: str, config_path: str | None = None) -> SparkSession:
        """Give the session of an environment, by the settings in its own file or in another; all who need one ask here."""
        config = ConfigLoader.load(env, config_path)
        if env == "local":
            return SparkSessionFactory._create_local(config)
        return SparkSessionFactory._create_databricks(config)

    @staticmethod
    def _create_local(config: EnvironmentConfig) -> SparkSession:
        builder = SparkSession.builder.appName(config.spark.app_name).master(config.spark.master or "local[*]")
        for name, value in config.spark.config.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()

    @staticmethod
    def _create_databricks(config: EnvironmentConfig) -> SparkSession:
        """Take the session that is there; settings that the text of a table relies on are set, others are the cluster's."""
        spark = SparkSession.builder.getOrCreate()
        for name, value in config.spark.config.items():
            spark.conf.set(name, value)
        return spark
