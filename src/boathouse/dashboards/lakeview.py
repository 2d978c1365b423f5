"""Lakeview: the dashboards of a plan as the files that Databricks imports, and what such a file holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from boathouse.dashboards.marts import marts_dashboard
from boathouse.dashboards.operations import operations_dashboard
from boathouse.dashboards.widget import WIDTH, Dashboard
from boathouse.destination import Destination
from boathouse.names import TableName
from boathouse.plan import Plan
from boathouse.probe import MultiFindings
from boathouse.quoting import Dialect, sql_name

SUFFIX = ".lvdash.json"


@dataclass(frozen=True)
class InDefaultSchema(Destination):
    """Tables by their names alone, where what a dashboard is deployed with says the catalog and the one schema that it reads."""

    def quoted(self, name: TableName, dialect: Dialect = "databricks") -> str:
        return sql_name(name.table, dialect)


def dashboards(
    plan: Plan, catalog: str, schema: str, findings: MultiFindings | None = None, *, qualified: bool = True
) -> dict[str, str]:
    """Write the dashboards of runs and of marts, over the tables of {schema}_ops and {schema}_gold."""
    to = (Destination if qualified else InDefaultSchema)(catalog, schema, by_layer=True)
    made = {"operations": operations_dashboard(plan.pipeline.project, to), "marts": marts_dashboard(plan, to, findings)}
    return {f"{name}{SUFFIX}": _text(dashboard) for name, dashboard in made.items()}


def queries(text: str) -> dict[str, str]:
    """Give the queries of a dashboard's file by the names of their datasets."""
    return {dataset["name"]: "".join(dataset["queryLines"]) for dataset in json.loads(text)["datasets"]}


def lake_table(parts: tuple[str, ...]) -> TableName:
    """Name the table of the lake that one of a query is: main.churn_gold.spend is gold.spend."""
    *_, schema, table = parts
    return TableName.parse(f"{schema.rsplit('_', 1)[-1]}.{table}")


def faults(text: str) -> Iterator[str]:
    """Say what is wrong with a dashboard's file: names that are there twice, or not at all, and places that overlap."""
    try:
        document = json.loads(text)
        datasets, pages = document["datasets"], document["pages"]
        yield from _twice("dataset", [dataset["name"] for dataset in datasets])
        yield from _twice("page", [page["name"] for page in pages])
        widgets = [place["widget"] for page in pages for place in page["layout"]]
        yield from _twice("widget", [widget["name"] for widget in widgets])
        known = {dataset["name"] for dataset in datasets if "".join(dataset["queryLines"]).strip()}
        for widget in widgets:
            yield from _widget(widget, known)
        for page in pages:
            yield from _layout(page)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"it has not the form of a dashboard: {type(error).__name__} {error}"


def _text(dashboard: Dashboard) -> str:
    return json.dumps(dashboard.document, indent=2, ensure_ascii=False) + "\n"


def _twice(kind: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the {kind} `{name}` is there twice"


def _widget(widget: dict[str, Any], datasets: set[str]) -> Iterator[str]:
    fields: set[str] = set()
    for query in widget.get("queries", []):
        asked = query["query"]
        if asked["datasetName"] not in datasets:
            yield f"`{widget['name']}` shows `{asked['datasetName']}`, which is no dataset with a query"
        fields |= {field["name"] for field in asked["fields"]}
    shown = set(_fields(widget.get("spec", {}).get("encodings", {})))
    for name in sorted(shown - fields):
        yield f"`{widget['name']}` shows the field `{name}`, which its query does not give"
    if "spec" in widget and not shown:
        yield f"`{widget['name']}` shows no field"
    if "spec" not in widget and "multilineTextboxSpec" not in widget:
        yield f"`{widget['name']}` shows neither data nor text"


def _fields(encodings: Any) -> Iterator[str]:
    """Find every fieldName of a tree of encodings."""
    if isinstance(encodings, dict):
        if "fieldName" in encodings:
            yield encodings["fieldName"]
        for inner in encodings.values():
            yield from _fields(inner)
    elif isinstance(encodings, list):
        for inner in encodings:
            yield from _fields(inner)


def _layout(page: dict[str, Any]) -> Iterator[str]:
    places = {place["widget"]["name"]: place["position"] for place in page["layout"]}
    for name, at in places.items():
        inside = at["x"] >= 0 and at["y"] >= 0 and at["width"] > 0 and at["height"] > 0
        if not inside or at["x"] + at["width"] > WIDTH:
            yield f"`{name}` stands outside the {WIDTH} columns of `{page['name']}`"
    for (one, here), (other, there) in combinations(places.items(), 2):
        if _meets(here, there, "x", "width") and _meets(here, there, "y", "height"):
            yield f"`{one}` and `{other}` lie over each other on `{page['name']}`"


def _meets(here: dict[str, int], there: dict[str, int], start: str, size: str) -> bool:
    return here[start] < there[start] + there[size] and there[start] < here[start] + here[size]
