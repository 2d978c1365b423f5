"""Operations dashboard: what was run and built, which rules hold, which files came, and what is released."""

from __future__ import annotations

from boathouse.dashboards.widget import Dashboard, Dataset, Page, bar, counter, line, table, text
from boathouse.destination import Destination
from boathouse.names import OPS, TableName
from boathouse.schema import Schema

# A run's name begins with its time. Notebooks that run as tasks of a job have a run each, so that what is newest is
# asked for by table. Each query has one order, so that two engines give the same rows where it has a limit, too.
NEWEST_RESULTS = """(
  SELECT *, row_number() OVER (PARTITION BY table_name, rule ORDER BY run_id DESC NULLS LAST) AS newest
  FROM {contract_results}
)"""
NEWEST_BUILDS = """(
  SELECT *, row_number() OVER (PARTITION BY table_name ORDER BY run_id DESC NULLS LAST) AS newest
  FROM {table_runs}
  WHERE status = 'built'
)"""
READS = ("pipeline_runs", "table_runs", "contract_results", "ingested_files", "schema_changes", "releases", "latest_release")  # fmt: skip
DAY = "to_date(substring(run_id, 1, 8), 'yyyyMMdd')"
QUERIES = {
    "quality": (
        "Rules, as they were last asked",
        f"""\
SELECT
  count(*) AS asked,
  count(CASE WHEN NOT holds THEN 1 END) AS broken,
  count(CASE WHEN NOT holds AND action = 'fail' THEN 1 END) AS refused
FROM {NEWEST_RESULTS}
WHERE newest = 1
""",
    ),
    "contract_results": (
        "What each rule found when it was last asked",
        f"""\
SELECT table_name, rule, action, written, holds, found, run_id
FROM {NEWEST_RESULTS}
WHERE newest = 1
""",
    ),
    "broken_by_day": (
        "Rules that did not hold, day by day",
        f"""\
SELECT {DAY} AS day, table_name, count(*) AS broken
FROM {{contract_results}}
WHERE NOT holds
GROUP BY {DAY}, table_name
""",
    ),
    "set_apart": (
        "Rows that were set apart, by rule",
        f"""\
SELECT concat(table_name, ': ', rule) AS rule, try_cast(found AS bigint) AS rows
FROM {NEWEST_RESULTS}
WHERE newest = 1 AND action = 'drop'
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
        f"""\
SELECT {DAY} AS day, table_name, column_name, type_before, type_after
FROM {{schema_changes}}
""",
    ),
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
        "The last build of each table",
        f"""\
SELECT table_name, rows, quarantined, seconds, delta_version, why, run_id
FROM {NEWEST_BUILDS}
WHERE newest = 1
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
}
RUNS = Schema.of(run_id="string", status="string", engine="string", started_at="timestamp", seconds="double",
                 tables_built="bigint", tables_same="bigint", message="string").columns  # fmt: skip
BUILDS = Schema.of(table_name="string", rows="bigint", quarantined="bigint", seconds="double", delta_version="bigint",
                   why="string", run_id="string").columns  # fmt: skip
RESULTS = Schema.of(table_name="string", rule="string", action="string", written="string", holds="boolean",
                    found="string", run_id="string").columns  # fmt: skip
FILES = Schema.of(table_name="string", files="bigint", bytes="bigint", newest="timestamp").columns
CHANGES = Schema.of(day="date", table_name="string", column_name="string", type_before="string", type_after="string").columns  # fmt: skip
RELEASED = Schema.of(release="bigint", released_at="timestamp", tables="bigint", note="string").columns


def operations_dashboard(project: str, to: Destination) -> Dashboard:
    """Make the dashboard over the tables of {project}_ops."""
    return Dashboard(
        tuple(Dataset(name, title, _placed(sql, to)) for name, (title, sql) in QUERIES.items()),
        (_quality(project), _data(), _runs()),
    )


def _placed(sql: str, to: Destination) -> str:
    return sql.format(**{name: to.quoted(TableName(OPS, name)) for name in READS})


def _quality(project: str) -> Page:
    return Page("quality", "Quality", (
        text("quality_about", f"## {project}: quality", "What the rules of the contracts found when they were last asked."),
        counter("rules_asked", "Rules", "quality", "asked"),
        counter("rules_broken", "Rules that do not hold", "quality", "broken"),
        counter("rules_refused", "Of these, rules that refuse a table", "quality", "refused"),
        bar("rules_by_day", "Rules that did not hold", "broken_by_day", ("day", "broken"), "table_name", scale="temporal"),
        bar("rows_set_apart", "Rows set apart", "set_apart", ("rule", "rows")),
        table("rules", "Rules", "contract_results", RESULTS),
    ))  # fmt: skip


def _data() -> Page:
    return Page("data", "Releases and files", (
        counter("release_number", "Current release", "current_release", "release"),
        counter("release_time", "Released at", "current_release", "released_at"),
        counter("release_tables", "Tables in it", "current_release", "tables"),
        table("releases_table", "Releases", "released", RELEASED),
        bar("files_by_table", "Files of each table", "files", ("table_name", "files")),
        table("files_table", "Files", "files", FILES, width=3),
        table("changes_table", "Columns that changed", "schema_changes", CHANGES),
    ))  # fmt: skip


def _runs() -> Page:
    return Page("runs", "Runs", (
        text("runs_about", "## Runs", "Runs of Boathouse itself. Where a job runs the notebooks, its own page tells of its runs."),
        counter("last_status", "The last run", "last_run", "status"),
        counter("last_seconds", "It took, in seconds", "last_run", "seconds"),
        counter("last_built", "Tables that it built", "last_run", "tables_built"),
        bar("runs_a_day", "Runs a day", "runs_by_day", ("day", "runs"), "status", scale="temporal"),
        line("rows_by_build", "Rows of each table", "table_rows", ("started_at", "rows"), "table_name"),
        table("builds", "The last build of each table", "table_builds", BUILDS),
        table("runs_table", "Runs", "runs", RUNS),
    ))  # fmt: skip
