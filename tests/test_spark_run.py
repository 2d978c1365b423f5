"""`run --engine spark` builds the same lake by the PySpark text, and each engine goes on from the other's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import churn_project
from boathouse.comparison import compare
from boathouse.engines import delta
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.plan import only
from boathouse.run import run
from boathouse.spark_run import run_on_spark

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]


def test_the_lake_is_the_same_whoever_builds_it(tmp_path: Path) -> None:
    here, there = churn_project.make(tmp_path / "here"), churn_project.make(tmp_path / "there")
    run(churn_project.planned(here), here)
    built = run_on_spark(churn_project.planned(there), there)

    assert [(table.table, table.version) for table in built.tables] == [
        (name, 0) for name in churn_project.planned(there).schemas
    ]
    for table in built.tables:
        found = compare(here.lake(table.table), there.lake(table.table))
        assert (found.verdict, found.left_rows) == ("PROVEN", table.rows)
    assert {action.why for action in churn_project.planned(there).actions} == {"same"}


def test_each_engine_overwrites_the_others_table(tmp_path: Path) -> None:
    project, name = churn_project.make(tmp_path / "churn"), TableName("silver", "plans")
    run(churn_project.planned(project), project)
    built = run_on_spark(only(churn_project.planned(project), [name]), project)
    assert [table.version for table in built.tables] == [1]

    run(only(churn_project.planned(project), [name]), project)
    assert delta.version(project.lake(name)) == 2


def test_a_table_that_it_reads_has_to_be_built(tmp_path: Path) -> None:
    project = churn_project.make(tmp_path / "churn")
    with pytest.raises(UserError, match=r"gold\.spend: silver\.customers is not built yet"):
        run_on_spark(only(churn_project.planned(project), [TableName("gold", "spend")]), project)
