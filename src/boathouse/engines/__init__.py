"""The engines: the only files that import duckdb, deltalake or pyspark."""
