"""The dashboards of a bundle: their queries name no catalog, their resources do, and a workspace takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp

import churn_project
from boathouse import inspection
from boathouse.dashboards.lakeview import faults, queries
from boathouse.dashboards.operations import READS
from boathouse.ops import OPS
from boathouse.package import package
from bundles import HOSTILE, STYLES, files_of, planned, put, yaml_of

if TYPE_CHECKING:
    from boathouse.plan import Plan
    from terminal import Terminal

MARTS, OPERATIONS = "src/dashboards/marts.lvdash.json", "src/dashboards/operations.lvdash.json"


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return churn_project.planned(churn_project.make(tmp_path_factory.mktemp("projects") / "churn"))


def tables(text: str) -> set[tuple[str, str, str]]:
    """Name the tables that the queries of a dashboard read, each with its catalog and schema."""
    found = set()
    for sql in queries(text).values():
        tree = sqlglot.parse_one(sql, dialect="databricks")
        own = {each.alias_or_name for each in tree.find_all(exp.CTE)}
        found |= {(each.catalog, each.db, each.name) for each in tree.find_all(exp.Table) if each.name not in own}
    return found


def test_each_query_names_tables_and_no_catalog(churn: Plan) -> None:
    files = files_of(churn)

    assert tables(files[MARTS]) == {("", "", "customer_features"), ("", "", "spend")}
    assert tables(files[OPERATIONS]) == {("", "", name) for name in READS}


def test_nothing_is_wrong_with_dashboards_of_hostile_names(tmp_path: Path) -> None:
    files = files_of(churn_project.planned(churn_project.make(tmp_path / "churn", HOSTILE)))

    assert [fault for path in (MARTS, OPERATIONS) for fault in faults(files[path])] == []
    assert {catalog for catalog, _, _ in tables(files[MARTS])} == {""}


def test_each_resource_says_which_schema_its_dashboard_reads(churn: Plan) -> None:
    resources = yaml_of(files_of(churn, warehouse="'small': [one"), "resources/dashboards.yml")["resources"][
        "dashboards"
    ]

    assert {name: (each["dataset_catalog"], each["dataset_schema"]) for name, each in resources.items()} == {
        "marts": ("${var.catalog}", "${resources.schemas.gold.name}"),
        "operations": ("${var.catalog}", "${resources.schemas.ops.name}"),
    }


def test_the_warehouse_is_found_by_its_name(churn: Plan) -> None:
    files = files_of(churn, warehouse="'small': [one")

    assert yaml_of(files, "databricks.yml")["variables"]["warehouse"]["lookup"] == {"warehouse": "'small': [one"}


@pytest.mark.parametrize("style", STYLES)
def test_the_first_task_makes_all_tables_that_the_operations_dashboard_asks(churn: Plan, style: str) -> None:
    """One that is empty is shown as such; one that is not there is an error on each widget."""
    files = files_of(churn, style=style)
    setup = files["src/notebooks/setup.py" if style == "notebooks" else "src/churn/ops.py"]

    for name in READS:
        assert name in setup
        assert all(column in setup for column in OPS[name].names)


def test_without_gold_there_are_no_marts_to_show(tmp_path: Path) -> None:
    of = planned(tmp_path / "p", {
        "raw/a.csv": "id\n1\n", "tables/bronze/a.yml": "source: {format: csv, path: raw/a.csv}\n",
    })  # fmt: skip
    files = files_of(of, "p")

    assert MARTS not in files
    assert list(yaml_of(files, "resources/dashboards.yml")["resources"]["dashboards"]) == ["operations"]
    pytest.importorskip("databricks.sdk")
    assert inspection.faults(package.read(put(tmp_path / "out", files))) == []


def test_a_workspace_takes_the_bundle_and_its_dashboards(
    churn: Plan, boathouse: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("databricks.sdk")
    from fake_workspace import Fake, serving

    fake = Fake()
    folder = put(tmp_path / "out", files_of(churn, warehouse="Shared Warehouse"))
    with serving(fake) as address:
        for name, value in {"HOST": address, "TOKEN": "secret", "CONFIG_FILE": str(tmp_path / "none.cfg")}.items():
            monkeypatch.setenv(f"DATABRICKS_{name}", value)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        answer = boathouse("deploy", folder)

    assert answer.code == 0, answer.err
    assert [each["display_name"] for each in fake.dashboards.values()] == [
        "[dev ada_lovelace] churn: marts", "[dev ada_lovelace] churn: operations",
    ]  # fmt: skip
    assert [(each["dataset_catalog"], each["dataset_schema"]) for each in fake.dashboards.values()] == [
        ("dev_main", "dev_ada_lovelace_churn_gold"), ("dev_main", "dev_ada_lovelace_churn_ops"),
    ]  # fmt: skip
    assert {each["warehouse_id"] for each in fake.dashboards.values()} == {"abc123"}
    assert fake.published == list(fake.dashboards)
    (job,) = fake.jobs.values()
    assert len(job["tasks"]) == 10
