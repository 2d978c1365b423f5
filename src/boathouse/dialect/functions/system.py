"""What DuckDB offers beyond Databricks SQL that reaches out of the query: refused, as Spark has none of it."""

from __future__ import annotations

from boathouse.dialect.functions.call import Functions

REACHES_OUT = """
    current_connection_id current_query current_query_id current_schemas current_setting current_transaction_id currval
    duckdb_functions duckdb_settings get_block_size getenv getvariable glob in_search_path json_execute_serialized_sql nextval
    parse_duckdb_log_message pg_sleep pg_typeof query query_table read_blob read_csv read_csv_auto read_json read_json_auto
    read_parquet parquet_scan read_text setseed setval sleep_ms sniff_csv stats txid_current vector_type which_secret write_log
"""

FUNCTIONS: Functions = {}
REFUSED = dict.fromkeys(REACHES_OUT.split(), "it is none of Databricks SQL's functions")
