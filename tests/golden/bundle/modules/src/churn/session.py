"""The Spark session: one of your own on a laptop, Databricks' elsewhere."""

from __future__ import annotations

from pyspark.sql import SparkSession

from churn.config import EnvironmentConfig


class SparkSessionFactory:
    """Makes the session that an environment is configured for."""

    @staticmethod
    def create(config: EnvironmentConfig) -> SparkSession:
        """Give the session; every place that needs one gets it here."""
        if config.environment == "local":
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
