"""The exports that are texts: Unity Catalog's SQL, dashboards, monitors, contracts and the page, of one small shop."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

import shop_project
from boathouse.workbench import Workbench

TARGETS = ("unity-catalog", "lakeview", "monte-carlo", "odcs", "spec")
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return shop_project.make(tmp_path_factory.mktemp("shops") / "shop")


@pytest.mark.parametrize("name", TARGETS)
def test_the_files_are_those_under_golden(shop: Workbench, name: str) -> None:
    """Read what has changed with git diff, after BOATHOUSE_GOLDEN=write has written it."""
    files, folder = shop_project.exported(shop, name), GOLDEN / name.replace("-", "_")
    if os.environ.get("BOATHOUSE_GOLDEN") == "write":
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    golden = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert sorted(files) == sorted(golden)
    for path, text in files.items():
        assert text == golden[path], path


@pytest.mark.parametrize("name", TARGETS)
def test_the_same_plan_gives_the_same_bytes_before_and_after_a_run(name: str, tmp_path: Path) -> None:
    shop = shop_project.make(tmp_path / "shop")
    before = shop_project.exported(shop, name)
    shop.run()
    assert list(shop_project.exported(shop, name).items()) == list(before.items())


def test_contracts_are_one_file_or_one_a_table(shop: Workbench, tmp_path: Path) -> None:
    assert list(shop_project.exported(shop, "odcs")) == ["shop.odcs.yaml"]
    each = shop_project.exported(shop, "odcs", per="table")
    assert list(each) == [f"shop-{action.name.flat}.odcs.yaml" for action in shop.plan().actions]

    written = shop.export_contracts("silver.people", out=tmp_path / "people.odcs.yaml")
    here = yaml.safe_load(written.file.read_text(encoding="utf-8"))
    there = yaml.safe_load(each["shop-silver_people.odcs.yaml"])
    assert here.pop("servers") != there.pop("servers")  # the project's own catalog, and dev_main
    assert here == there


def test_the_page_names_a_schema_for_each_layer(shop: Workbench) -> None:
    page = shop_project.exported(shop, "spec")["pipeline_spec.md"]
    assert (
        "Target: `dev_main.shop_bronze`, `dev_main.shop_silver`, `dev_main.shop_gold` on Databricks. 6 tables." in page
    )
    assert "### `dev_main.shop_silver.orders`" in page
    assert "/Volumes/dev_main/shop_bronze/landing/people.csv" in page
