"""Dashboards: what a file of one holds fits together, and each of its queries answers alike here and on Spark."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hostile_project
import shop_project
from boathouse import export_files
from boathouse.dashboards.lakeview import faults, lake_table, queries
from boathouse.dashboards.marts import PAGES
from boathouse.dashboards.widget import WIDTH, Widget, placed
from boathouse.dialect import with_tables
from boathouse.query import opened
from boathouse.workbench import Workbench
from carton_caps_days import Days

Document = dict[str, Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """The shop, built and released."""
    bench = shop_project.make(tmp_path_factory.mktemp("shops") / "shop")
    bench.run()
    bench.release()
    return bench


def dashboards(bench: Workbench) -> dict[str, str]:
    return {name.split(".")[0]: text for name, text in shop_project.exported(bench, "lakeview").items()}


def answers(bench: Workbench, text: str) -> dict[str, list[dict[str, Any]]]:
    """Answer each query of a dashboard over the lake."""
    return {
        name: bench.query(with_tables(sql, lambda parts: str(lake_table(parts))), at="newest")
        for name, sql in queries(text).items()
    }


# ---- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("project", [shop_project, hostile_project], ids=["plain", "hostile"])
def test_nothing_is_wrong_with_a_dashboard(project: Any, tmp_path: Path) -> None:
    for text in dashboards(project.make(tmp_path / "shop")).values():
        assert list(faults(text)) == []


def test_widgets_fill_a_page_side_by_side() -> None:
    one, two, four = (Widget(str(width), width, height) for width, height in ((1, 2), (2, 3), (4, 1)))
    assert [(x, y) for _, x, y in placed([two, four, one, two, two, four])] == [(0, 0), (2, 0), (0, 3), (1, 3), (3, 3), (0, 6)]  # fmt: skip
    assert WIDTH == 6


def test_a_page_shows_what_the_columns_of_its_table_allow(shop: Workbench) -> None:
    pages = {page["displayName"]: page for page in json.loads(dashboards(shop)["marts"])["pages"]}
    shown = {
        title: [place["widget"].get("spec", {"widgetType": "text"})["widgetType"] for place in page["layout"]]
        for title, page in pages.items()
    }
    assert shown == {
        "Overview": ["text", "bar", "table"],
        "fct_order": ["text", "counter", "line", "bar", "table"],
        "city_month": ["text", "counter", "line", "bar", "table"],
    }
    sql = queries(dashboards(shop)["marts"])
    assert "sum(`amount`) AS total" in sql["fct_order-by-month"]  # an amount adds up
    assert "SELECT `city` AS category" in sql["fct_order-by-category"]  # neither the key nor a person's address
    assert "email" not in dashboards(shop)["marts"]


def test_a_dashboard_has_so_many_pages_and_no_more(tmp_path: Path) -> None:
    many = {f"tables/gold/m{number:02d}.yml": "reads: gold.fct_order\n" for number in range(PAGES + 3)}
    text = dashboards(shop_project.make(tmp_path / "shop", many))["marts"]
    assert len(json.loads(text)["pages"]) == 1 + PAGES
    assert f"15 gold tables; the first {PAGES} have a page each." in text
    assert queries(text)["all_tables"].count("UNION ALL") == 14


def test_a_pipeline_without_gold_has_an_overview_that_says_so(tmp_path: Path) -> None:
    shop = shop_project.make(tmp_path / "shop")
    for file in (shop.project.tables / "gold").iterdir():
        file.unlink()
    text = dashboards(shop)["marts"]
    assert list(faults(text)) == []
    assert "0 gold tables." in text


def widget(document: Document, at: int = 1) -> Any:
    return document["pages"][0]["layout"][at]


FAULTS: dict[str, tuple[Callable[[Document], object], str]] = {
    "a dataset twice": (lambda d: d["datasets"].append(d["datasets"][0]), "the dataset `quality` is there twice"),
    "a page twice": (lambda d: d["pages"].append({"name": "runs", "layout": []}), "the page `runs` is there twice"),
    "a widget twice": (lambda d: widget(d)["widget"].update(name="rules_broken"), "the widget `rules_broken` is there twice"),
    "no dataset": (lambda d: d["datasets"].pop(0), "shows `quality`, which is no dataset"),
    "no query": (lambda d: d["datasets"][0].update(queryLines=[" \n"]), "which is no dataset with a query"),
    "a field that is not asked for": (lambda d: widget(d)["widget"]["queries"][0]["query"].update(fields=[]), "shows the field `asked`"),
    "nothing shown": (lambda d: widget(d)["widget"]["spec"].update(encodings={}), "shows no field"),
    "neither data nor text": (lambda d: widget(d, 0)["widget"].pop("multilineTextboxSpec"), "shows neither data nor text"),
    "beside the page": (lambda d: widget(d)["position"].update(x=5), "stands outside the 6 columns"),
    "above the page": (lambda d: widget(d)["position"].update(y=-1), "stands outside"),
    "no height": (lambda d: widget(d)["position"].update(height=0), "stands outside"),
    "one over the other": (lambda d: widget(d)["position"].update(x=1), "lie over each other on `quality`"),
    "no place": (lambda d: widget(d).pop("position"), "it has not the form of a dashboard: KeyError 'position'"),
    "no pages": (lambda d: d.pop("pages"), "it has not the form of a dashboard"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_with_a_dashboard_is_found_out(shop: Workbench, name: str) -> None:
    spoil, says = FAULTS[name]
    document = json.loads(dashboards(shop)["operations"])
    spoil(document)
    assert [fault for fault in faults(json.dumps(document)) if says in fault]


def test_a_file_that_is_no_json_is_no_dashboard() -> None:
    assert [fault[:36] for fault in faults("{")] == ["it has not the form of a dashboard: "]


# ---- the queries ----------------------------------------------------------------------------------------------------


def test_a_query_of_an_export_reads_the_tables_of_the_lake() -> None:
    sql = "WITH spend AS (SELECT 1) SELECT '`dev_main`.`a_gold`.`x`', x -- dev_main.a_gold.x\nFROM `dev_main`.`a_b_gold`.`x` JOIN spend JOIN dev_main.a_b_ops.runs AS r"
    assert with_tables(sql, lambda parts: str(lake_table(parts))) == sql.replace(
        "FROM `dev_main`.`a_b_gold`.`x`", "FROM gold.x"
    ).replace("dev_main.a_b_ops.runs", "ops.runs")


def test_each_widget_shows_columns_that_its_query_gives(shop: Workbench) -> None:
    for text in dashboards(shop).values():
        given = {}
        for name, sql in queries(text).items():
            engine, answer = opened(shop.project, with_tables(sql, lambda parts: str(lake_table(parts))), "newest")
            given[name] = set(engine.describe(answer).names)
        widgets = [place["widget"] for page in json.loads(text)["pages"] for place in page["layout"]]
        asked = [query["query"] for widget in widgets for query in widget.get("queries", [])]
        assert len(asked) > 5
        assert {each["datasetName"] for each in asked} == set(given)  # and no query is asked in vain
        for each in asked:
            assert {field["name"] for field in each["fields"]} <= given[each["datasetName"]]


def test_the_numbers_are_those_of_the_tables(shop: Workbench) -> None:
    told = answers(shop, dashboards(shop)["operations"])
    assert told["last_run"][0]["status"] == "passed"
    assert told["quality"] == [{"asked": 16, "broken": 2, "refused": 0}]
    assert told["current_release"][0]["tables"] == 8  # six, and two quarantines
    assert {row["table_name"]: row["quarantined"] for row in told["table_builds"]}["silver.orders"] == 1

    marts = answers(shop, dashboards(shop)["marts"])
    assert {row["table_name"]: row["row_count"] for row in marts["all_tables"]} == {"fct_order": 24, "city_month": 12}
    assert sum(row["row_count"] for row in marts["fct_order-by-month"]) == 24
    assert [row["row_count"] for row in marts["fct_order-by-category"]] == [12, 6, 6]


def test_what_was_not_done_yet_is_an_empty_table(shop: Workbench) -> None:
    assert shop.query("SELECT * FROM ops.ingested_files") == []
    assert shop.query("SELECT count(*) AS n FROM ops.reconciliation") == [{"n": 0}]


def test_the_queries_of_hostile_names_answer(tmp_path: Path) -> None:
    bench = hostile_project.make(tmp_path / "shop")
    bench.run()
    found = answers(bench, dashboards(bench)["marts"])
    assert found["odd-rows"] == [{"row_count": 8}]
    assert [row["row_count"] for row in found["odd-by-category"]] == [4, 4]
    assert hostile_project.OTHER in found["odd-preview"][0]
    assert hostile_project.COLUMN not in found["odd-preview"][0]  # which holds addresses of people


def test_the_dashboards_of_carton_caps_answer(carton_caps: Days) -> None:
    texts = dashboards(carton_caps.bench)
    told = answers(carton_caps.bench, texts["operations"])
    assert len(told["runs"]) == 3
    assert {row["status"] for row in told["runs_by_day"]} == {"passed", "refused"}
    assert sum(row["files"] for row in told["files"]) > 100
    assert len(told["released"]) == 2
    marts = answers(carton_caps.bench, texts["marts"])
    empty = [row["table_name"] for row in marts["all_tables"] if not row["row_count"]]
    assert empty == ["retention_cohort"]  # no month of sign-ups is over on the first days


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_every_answer_is_proven_on_spark(shop: Workbench, tmp_path: Path) -> None:
    shop.export("lakeview", out=tmp_path / "out")
    proof = shop.prove("lakeview", out=tmp_path / "out")
    assert [(table.table, table.why) for table in proof.tables if not table.comparison.equal] == []
    assert len(proof.tables) == 22
    assert proof.proven


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_another_query_is_found_out(shop: Workbench, tmp_path: Path) -> None:
    files = shop_project.exported(shop, "lakeview")
    spoiled = {name: re.sub(r"FROM `dev_main`.`shop_gold`.`fct_order`", "FROM `dev_main`.`shop_gold`.`gone`", text) for name, text in files.items()}  # fmt: skip
    export_files.write(spoiled, tmp_path / "out")
    proof = shop.prove("lakeview", out=tmp_path / "out")
    assert {table.verdict for table in proof.tables if "fct_order" in table.table} == {"NOT COMPARABLE"}
    assert not proof.proven
