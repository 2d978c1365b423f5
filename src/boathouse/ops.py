"""Ops: the tables in which a project says what was done: runs, tables, checks, files, columns, releases."""

from __future__ import annotations

from boathouse.schema import Schema

RELEASE = {
    "release": "bigint", "released_at": "timestamp", "table_name": "string", "delta_version": "bigint", "run_id": "string",
    "note": "string",
}  # fmt: skip

OPS = {
    "pipeline_runs": Schema.of(
        run_id="string", environment="string", engine="string", status="string", started_at="timestamp",
        ended_at="timestamp", seconds="double", tables_built="bigint", tables_same="bigint", message="string",
    ),
    "table_runs": Schema.of(
        run_id="string", table_name="string", status="string", why="string", rows="bigint", quarantined="bigint",
        delta_version="bigint", seconds="double", fingerprint="string", message="string",
    ),
    "contract_results": Schema.of(
        run_id="string", table_name="string", rule="string", action="string", written="string", holds="boolean", found="string",
    ),
    "ingested_files": Schema.of(
        run_id="string", table_name="string", file="string", bytes="bigint", modified_at="timestamp", batch="bigint",
        delta_id="string",
    ),
    "schema_changes": Schema.of(
        run_id="string", table_name="string", column_name="string", type_before="string", type_after="string",
    ),
    "releases": Schema.from_types(RELEASE),
    "latest_release": Schema.from_types(RELEASE),
    "reconciliation": Schema.of(
        reconciled_at="timestamp", left_side="string", right_side="string", verdict="string", tier="string",
        rows_left="bigint", rows_right="bigint", missing="bigint", extra="bigint", changed="bigint", why="string",
    ),
}  # fmt: skip
