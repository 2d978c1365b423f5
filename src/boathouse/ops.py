"""Ops: the tables in which a project says what was done: runs, tables, checks, files, columns, releases."""

from __future__ import annotations

from boathouse.schema import Schema

RELEASE = {
    "release": "bigint", "released_at": "timestamp", "table_name": "string", "delta_version": "bigint", "run_id": "string",
    "note": "string",
}  # fmt: skip

ABOUT = {
    "pipeline_runs": "A row a run: when, by which engine, and whether it passed, was refused by a contract, failed, or was killed.",
    "table_runs": "A row a run and table, quarantines too: built or left as it was (same, stale, changed, new), why, and at which Delta version.",
    "contract_results": "A row a rule that was asked: whether it holds, and how many rows break it or which number it found.",
    "fitted_numbers": "A row a step that learnt its numbers in a run: medians, fences, categories, as JSON.",
    "ingested_files": "A row a file that was taken in from a landing folder.",
    "schema_changes": "A row a column that came, went or has another type since the build before.",
    "releases": "A row a release and table: the Delta version that it pins.",
    "latest_release": "The rows of the release that is current; written in one commit, so it is whole.",
    "reconciliation": "A row each time two tables were held against each other.",
    "hook_events": "A row a step on a model's way: its data validated, trained, held for fairness and drift, deployed.",
}

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
    "fitted_numbers": Schema.of(run_id="string", table_name="string", step="string", numbers="string"),
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
    "hook_events": Schema.of(
        event_id="string", happened_at="timestamp", hook="string", status="string", model="string", model_version="string",
        model_type="string", data_version="string", details="string",
    ),
}  # fmt: skip
