"""Increment: whatever arrives when, a table that grows by new rows is the one that is built from all of them at once."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse import yaml_file
from boathouse.workbench import Workbench
from grown import built_at_once, contents
from projects import project, write

TABLES = 6  # of a project
BRONZE = {"tables/bronze/events.yml": "source: {format: csv, path: landing/events}\n"}
STEPS: list[dict[str, Any]] = [
    {"step": "trim_text", "columns": ["note"]},
    {"step": "null_if", "columns": ["note", "amount"], "values": ["?"]},
    {"step": "map_values", "column": "note", "values": {"a": "A", "b": None}},
    {"step": "flag_nulls", "columns": ["amount"]},
    {"step": "cast", "columns": {"amount": "int"}},
    {"step": "cast", "columns": {"id": "int"}, "misfits": "quarantine"},
    {"step": "fill_nulls", "column": "note", "using": "constant", "value": "none"},
    {"step": "derive", "column": "twice", "expression": "try_cast(amount AS int) * 2", "type": "bigint"},
    {"step": "filter_rows", "where": "id <> '3' OR id IS NULL"},
    {"step": "drop_columns", "columns": ["_ingested_at"]},
]
LAST: list[dict[str, Any] | None] = [
    None,
    {"step": "rename", "columns": {"note": "remark"}},
    {"step": "dedupe"},
    {"step": "dedupe", "key": ["id"], "keep": "first"},
    {"step": "dedupe", "key": ["id"], "latest_by": "amount"},
    {"step": "dedupe", "key": ["id"], "latest_by": ["amount", "_source_file"]},
]
DROP = {"known": "id IS NOT NULL", "small": "try_cast(amount AS int) < 7", "no_c": "id <> 'c'"}
FAIL = {"right": "amount IS NULL OR amount IS NOT NULL", "enough": "row_count() >= 0"}
WARN = {
    "positive": "try_cast(amount AS int) > 0",
    "alone": "unique(id)",
    "there": "references(_source_file, silver.t0)",
    "filled": "null_share(amount) <= 0.2",
}

texts = {
    "id": ["1", "2", "3", "c", ""],
    "amount": ["1", "2", "9", "-4", "?", "x", ""],
    "note": [" a", "b", "?", "c", ""],
}
rows = st.tuples(*(st.sampled_from(values) for values in texts.values()))
arrivals = st.lists(st.lists(st.lists(rows, max_size=6), min_size=1, max_size=3), min_size=2, max_size=3)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a table of steps that treat rows alone, perhaps with a dedupe at the end, and a contract."""
    steps = [step for step in STEPS if draw(st.booleans())]
    last = draw(st.sampled_from(LAST))
    some = {
        group: {name: rule for name, rule in rules.items() if draw(st.booleans())}
        for group, rules in {"drop": DROP, "warn": WARN}.items()
    }
    contract: dict[str, Any] = {"fail": FAIL, **some}
    if any("misfits" in step for step in steps):
        contract["drop"].pop("no_c", None)  # no number is compared with a letter
    if last and "_source_file" in last.get("latest_by", []) and draw(st.booleans()):
        contract["columns"] = {"id": "string", "_source_file": "string", "amount": "string"}
        steps = [step for step in steps if step["step"] != "cast"]
    return {"reads": "bronze.events", "steps": [*steps, *([last] if last else [])], "contract": contract}


@pytest.mark.slow
def test_a_table_that_grew_is_the_one_built_from_all_rows() -> None:
    """A few projects here; `python tests/test_increment_equal.py 100` tries a hundred."""
    try_projects(3)


def try_projects(number: int) -> None:
    drawn = given(written=st.lists(tables(), min_size=TABLES, max_size=TABLES), batches=arrivals)
    settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))(drawn(grow))()


def grow(written: list[Any], batches: list[Any]) -> None:
    """Let files arrive and run after each batch; then build the same tables from the same bronze rows at once."""
    written[0]["contract"]["warn"].pop("there", None)  # it is there itself
    files = {f"tables/silver/t{at}.yml": yaml_file.dump(table) for at, table in enumerate(written)}
    with tempfile.TemporaryDirectory() as folder:
        bench = project(Path(folder, "grown"), BRONZE | files)
        for at, batch in enumerate(batches):
            arrive(bench.project.root, at, batch)
            plan = bench.plan()
            run = bench.run()
            if at:
                assert {action.full_because for action in plan.actions} <= {"", "dedupe looks at more than one row"}
                assert {a.name for a in plan.actions if a.only_new} == {t.table for t in run.tables if t.only_new}
        whole = built_at_once(bench, Path(folder, "whole"))
        assert told(bench) == told(Workbench(whole))
        assert contents(bench.project.root) == contents(whole)


def arrive(root: Path, batch: int, files: list[list[tuple[str, ...]]]) -> None:
    texts = ["\n".join(["id,amount,note", *map(",".join, rows), ""]) for rows in files]
    write(root, {f"landing/events/{batch}-{at}.csv": text for at, text in enumerate(texts)})


def told(bench: Workbench) -> list[dict[str, Any]]:
    """Say what the last run said of each silver table: its rows and what its rules found."""
    last = f"'{bench.query('SELECT max_by(run_id, started_at) AS id FROM ops.pipeline_runs')[0]['id']}'"
    runs = (
        f"SELECT table_name, rows, quarantined FROM ops.table_runs WHERE run_id = {last} AND table_name LIKE 'silver.%'"
    )
    rules = f"SELECT table_name, rule, action, holds, found FROM ops.contract_results WHERE run_id = {last}"
    return [row for sql in (runs, rules) for row in bench.query(f"{sql} ORDER BY ALL")]


if __name__ == "__main__":
    try_projects(int(sys.argv[1]))
