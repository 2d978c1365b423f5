"""Dashboards: each dataset is a query that parses, each widget asks a dataset that is there for columns that it has."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.dashboards.dashboard_query import Columns, columns, columns_read
from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.located import Located
from boathouse.package.package import Package
from boathouse.yaml_file import Path_

KEYS = ("datasets", "pages", "uiSettings", "filters")
GRID = 12  # columns of a page at most; older dashboards have 6
PLACE = ("x", "y", "width", "height")


def inspect(package: Package) -> Iterator[Fault]:
    for dashboard in package.dashboards:
        for key, each in dashboard.items():
            if key not in KEYS:
                # The format is not described anywhere, so a key that nobody here has seen may be right.
                yield fault(each, (key,), f"unknown key `{key}`", did_you_mean(key, KEYS), only_a_hint=True)
        for key in KEYS[:2]:
            if not dashboard.list(key):
                yield fault(dashboard.get(key) or dashboard, (key,), f"this dashboard has no {key}")
        yield from _datasets(dashboard)
        yield from _pages(dashboard)


def _datasets(dashboard: Located) -> Iterator[Fault]:
    yield from _names(dashboard.list("datasets"), ("datasets",), "dataset")
    for index, dataset in enumerate(dashboard.list("datasets")):
        path: Path_ = ("datasets", index)
        lines = dataset.get("queryLines")
        if lines is None and not dataset.text("query"):
            yield fault(dataset, path, "`queryLines` is missing", 'write queryLines: ["SELECT ..."]')
        elif lines and not (lines.list() and all(isinstance(each.value, str) for each in lines.list())):
            yield fault(lines, (*path, "queryLines"), "expected a list of lines of SQL")
        elif isinstance(wrong := _columns(dataset), str):
            yield fault(lines or dataset, (*path, "queryLines"), wrong)


def _pages(dashboard: Located) -> Iterator[Fault]:
    datasets = {each.text("name"): each for each in dashboard.list("datasets")}
    yield from _names(dashboard.list("pages"), ("pages",), "page")
    for index, page in enumerate(dashboard.list("pages")):
        layout = page.list("layout")
        widgets = [each.get("widget") or each for each in layout]
        yield from _names(widgets, ("pages", index, "layout"), "widget")
        yield from _positions(layout, ("pages", index, "layout"))
        for at, widget in enumerate(widgets):
            yield from _widget(widget, ("pages", index, "layout", at, "widget"), datasets)


def _names(parts: list[Located], path: Path_, word: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, each in enumerate(parts):
        name = each.text("name")
        if not name:
            yield fault(each, (*path, index), f"this {word} has no name")
        elif name in seen:
            yield fault(each, (*path, index), f"there are two of the name `{name}`")
        seen.add(name)


def _positions(layout: list[Located], path: Path_) -> Iterator[Fault]:
    taken: dict[tuple[int, int], str] = {}
    for index, each in enumerate(layout):
        numbers = [getattr(each.get("position", key), "value", None) for key in PLACE]
        if not all(isinstance(number, int) and number >= 0 for number in numbers) or 0 in numbers[2:]:
            yield fault(each, (*path, index, "position"), f"a position has {', '.join(PLACE)}")
            continue
        x, y, width, height = (int(number or 0) for number in numbers)
        if x + width > GRID:
            yield fault(each, (*path, index, "position"), f"this ends in column {x + width} of {GRID}")
            continue
        cells = [(across, down) for across in range(x, x + width) for down in range(y, y + height)]
        hidden = next((taken[cell] for cell in cells if cell in taken), None)
        name = each.text("widget", "name")
        if hidden is not None:
            yield fault(each, (*path, index, "position"), f"`{name}` lies over `{hidden}`")
        taken |= dict.fromkeys(cells, name)


def _widget(widget: Located, path: Path_, datasets: dict[str, Located]) -> Iterator[Fault]:
    fields: set[str] = set()
    for index, query in enumerate(widget.list("queries")):
        where = (*path, "queries", index, "query")
        wanted = query.text("query", "datasetName")
        fields |= {each.text("name") for each in query.list("query", "fields")}
        if wanted not in datasets:
            at = query.get("query", "datasetName") or query
            yield fault(at, (*where, "datasetName"), f"there is no dataset `{wanted}`", did_you_mean(wanted, datasets))
        elif isinstance(known := _columns(datasets[wanted]), tuple):
            yield from _fields(query, where, known)
    if widget.list("queries") and not widget.text("spec", "widgetType"):
        yield fault(widget, (*path, "spec"), "this widget has no widgetType")
    spec = widget.get("spec", "encodings")
    for inner, leaf in spec.leaves((*path, "spec", "encodings")) if spec else ():
        if inner[-1] == "fieldName" and leaf.value not in fields:
            yield fault(
                leaf, inner, f"the widget asks for no field `{leaf.value}`", did_you_mean(str(leaf.value), fields)
            )


def _fields(query: Located, where: Path_, known: tuple[str, ...]) -> Iterator[Fault]:
    lower = {name.lower() for name in known}
    for index, each in enumerate(query.list("query", "fields")):
        for name in columns_read(each.text("expression")):
            if name.lower() not in lower:
                at = each.get("expression") or each
                path = (*where, "fields", index, "expression")
                yield fault(at, path, f"the dataset has no column `{name}`", did_you_mean(name, known))


def _columns(dataset: Located) -> Columns:
    lines = [each.value for each in dataset.list("queryLines") if isinstance(each.value, str)]
    return columns("".join(lines) or dataset.text("query"))
