"""Operations dashboard: what was run and built, which rules hold, which files came, and what is released."""

from __future__ import annotations

from boathouse.destination import Destination
from boathouse.lakeview_widget import Dashboard, Dataset, Page, bar, counter, line, table, text
from boathouse.names import OPS, TableName
from boathouse.schema import Schema

# Each query has one order, so that two engines give the same rows where it has a limit, too.
LAST = "(SELECT run_id FROM {pipeline_runs} ORDER BY started_at DESC NULLS LAST, run_id DESC NULLS LAST LIMIT 1)"
QUERIES = {
    "last_run": (
        "The last run",
        """\
SELECT status, seconds, tables_built, tables_same
FROM {pipeline_runs}
ORDER BY started_at DESC NULLS LAST, run_id DESC NULLS LAST
LIMIT 1
""",
    ),
    "runs": (
        "The last 200 runs",
        """\
SELECT run_id, environment, engine, status, started_at, seconds, tables_built, tables_same, message
FROM {pipeline_runs}
ORDER BY started_at DESC NULLS LAST, run_id DESC NULLS LAST
LIMIT 200
""",
    ),
    "runs_by_day": (
        "Runs a day, by how they ended",
        """\
SELECT CAST(started_at AS DATE) AS day, status, count(*) AS runs
FROM {pipeline_runs}
GROUP BY CAST(started_at AS DATE), status
""",
    ),
    "table_builds": (
        "What each table took in the last run",
        f"""\
SELECT table_name, status, rows, quarantined, seconds, delta_version, why, message
FROM {{table_runs}}
WHERE run_id = {LAST}
""",
    ),
    "table_rows": (
        "Rows of each table, build by build",
        """\
SELECT runs.started_at, built.table_name, built.rows
FROM {table_runs} AS built
JOIN {pipeline_runs} AS runs ON runs.run_id = built.run_id
WHERE built.status = 'built' AND built.rows IS NOT NULL
""",
    ),
    "quality": (
        "Rules of the last run",
        f"""\
SELECT
  count(*) AS asked,
  count(CASE WHEN NOT holds THEN 1 END) AS broken,
  count(CASE WHEN NOT holds AND action = 'fail' THEN 1 END) AS refused
FROM {{contract_results}}
WHERE run_id = {LAST}
""",
    ),
    "contract_results": (
        "What each rule found in the last run",
        f"""\
SELECT table_name, rule, action, written, holds, found
FROM {{contract_results}}
WHERE run_id = {LAST}
""",
    ),
    "broken_by_day": (
        "Rules that did not hold, day by day",
        """\
SELECT CAST(runs.started_at AS DATE) AS day, results.table_name, count(*) AS broken
FROM {contract_results} AS results
JOIN {pipeline_runs} AS runs ON runs.run_id = results.run_id
WHERE NOT results.holds
GROUP BY CAST(runs.started_at AS DATE), results.table_name
""",
    ),
    "files": (
        "Files that were taken in",
        """\
SELECT table_name, count(*) AS files, sum(bytes) AS bytes, max(modified_at) AS newest
FROM {ingested_files}
GROUP BY table_name
""",
    ),
    "schema_changes": (
        "Columns that came, went or changed",
        """\
SELECT runs.started_at, changes.table_name, changes.column_name, changes.type_before, changes.type_after
FROM {schema_changes} AS changes
LEFT JOIN {pipeline_runs} AS runs ON runs.run_id = changes.run_id
""",
    ),
    "released": (
        "What is released",
        """\
SELECT release, released_at, count(*) AS tables, max(note) AS note
FROM {releases}
GROUP BY release, released_at
""",
    ),
    "current_release": (
        "The current release",
        "SELECT max(release) AS release, max(released_at) AS released_at, count(*) AS tables\nFROM {latest_release}\n",
    ),
}
RUNS = Schema.of(run_id="string", status="string", engine="string", started_at="timestamp", seconds="double",
                 tables_built="bigint", tables_same="bigint", message="string").columns  # fmt: skip
BUILDS = Schema.of(table_name="string", status="string", rows="bigint", quarantined="bigint", seconds="double",
                   delta_version="bigint", why="string", message="string").columns  # fmt: skip
RESULTS = Schema.of(table_name="string", rule="string", action="string", written="string", holds="boolean", found="string").columns  # fmt: skip
FILES = Schema.of(table_name="string", files="bigint", bytes="bigint", newest="timestamp").columns
CHANGES = Schema.of(started_at="timestamp", table_name="string", column_name="string", type_before="string", type_after="string").columns  # fmt: skip
RELEASED = Schema.of(release="bigint", released_at="timestamp", tables="bigint", note="string").columns


def operations_dashboard(project: str, to: Destination) -> Dashboard:
    """Make the dashboard over the tables of {project}_ops."""
    return Dashboard(
        tuple(Dataset(name, title, _placed(sql, to)) for name, (title, sql) in QUERIES.items()),
        (_runs(project), _quality(), _data()),
    )


def _placed(sql: str, to: Destination) -> str:
    names = ("pipeline_runs", "table_runs", "contract_results", "ingested_files", "schema_changes", "releases", "latest_release")  # fmt: skip
    return sql.format(**{name: to.quoted(TableName(OPS, name)) for name in names})


def _runs(project: str) -> Page:
    return Page("runs", "Runs", (
        text("runs_about", f"## {project}: runs", "Each run of the pipeline, and what each table took in the last one."),
        counter("last_status", "The last run", "last_run", "status"),
        counter("last_seconds", "It took, in seconds", "last_run", "seconds"),
        counter("last_built", "Tables that it built", "last_run", "tables_built"),
        bar("runs_a_day", "Runs a day", "runs_by_day", ("day", "runs"), "status"),
        line("rows_by_build", "Rows of each table", "table_rows", ("started_at", "rows"), "table_name"),
        table("builds", "Tables of the last run", "table_builds", BUILDS),
        table("runs_table", "Runs", "runs", RUNS),
    ))  # fmt: skip


def _quality() -> Page:
    return Page("quality", "Quality", (
        counter("rules_asked", "Rules asked", "quality", "asked"),
        counter("rules_broken", "Rules that do not hold", "quality", "broken"),
        counter("rules_refused", "Of these, rules that refuse a table", "quality", "refused"),
        bar("rules_by_day", "Rules that did not hold", "broken_by_day", ("day", "broken"), "table_name"),
        bar("quarantined_rows", "Rows set apart in the last run", "table_builds", ("table_name", "quarantined")),
        table("rules", "Rules of the last run", "contract_results", RESULTS),
    ))  # fmt: skip


def _data() -> Page:
    return Page("data", "Files and releases", (
        counter("release_number", "Current release", "current_release", "release"),
        counter("release_time", "Released at", "current_release", "released_at"),
        counter("release_tables", "Tables in it", "current_release", "tables"),
        bar("files_by_table", "Files of each table", "files", ("table_name", "files")),
        table("files_table", "Files", "files", FILES, width=3),
        table("changes_table", "Columns that changed", "schema_changes", CHANGES),
        table("releases_table", "Releases", "released", RELEASED),
    ))  # fmt: skip
