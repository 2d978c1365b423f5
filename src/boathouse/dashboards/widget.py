"""Lakeview widget: what a dashboard shows, as the parts of a .lvdash.json file.

The format has no published schema; versions and keys are those of files that Databricks itself writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from boathouse.quoting import sql_name
from boathouse.schema import FLOATS, Column, is_decimal, is_integer

WIDTH = 6  # columns of a page
Scale = Literal["temporal", "quantitative", "categorical"]


@dataclass(frozen=True)
class Dataset:
    """A query, and what a person calls it."""

    name: str
    title: str
    sql: str

    @property
    def document(self) -> dict[str, Any]:
        return {"name": self.name, "displayName": self.title, "queryLines": self.sql.splitlines(keepends=True)}


@dataclass(frozen=True)
class Widget:
    """One thing on a page: of which dataset it shows which columns, how, and how large."""

    name: str
    width: int
    height: int
    dataset: str = ""
    fields: tuple[str, ...] = ()
    spec: Mapping[str, Any] = field(default_factory=dict)
    text: tuple[str, ...] = ()  # Markdown, where it shows no data

    @property
    def document(self) -> dict[str, Any]:
        if self.text:
            return {"name": self.name, "multilineTextboxSpec": {"lines": [f"{line}\n" for line in self.text]}}
        fields = [{"name": name, "expression": sql_name(name, "databricks")} for name in self.fields]
        query = {"datasetName": self.dataset, "fields": fields, "disaggregated": True}
        return {"name": self.name, "queries": [{"name": "main_query", "query": query}], "spec": dict(self.spec)}


@dataclass(frozen=True)
class Page:
    """A page of widgets, which fill it row by row."""

    name: str
    title: str
    widgets: tuple[Widget, ...]

    @property
    def document(self) -> dict[str, Any]:
        layout = [
            {"widget": widget.document, "position": {"x": x, "y": y, "width": widget.width, "height": widget.height}}
            for widget, x, y in placed(self.widgets)
        ]
        return {"name": self.name, "displayName": self.title, "pageType": "PAGE_TYPE_CANVAS", "layout": layout}


@dataclass(frozen=True)
class Dashboard:
    """Datasets, and the pages that show them."""

    datasets: tuple[Dataset, ...]
    pages: tuple[Page, ...]

    @property
    def document(self) -> dict[str, Any]:
        return {
            "datasets": [dataset.document for dataset in self.datasets],
            "pages": [page.document for page in self.pages],
        }


def placed(widgets: Iterable[Widget]) -> list[tuple[Widget, int, int]]:
    """Put widgets side by side, in rows as high as their highest; one that has no room begins the next row."""
    places, x, y, height = [], 0, 0, 0
    for widget in widgets:
        if x + widget.width > WIDTH:
            x, y, height = 0, y + height, 0
        places.append((widget, x, y))
        x, height = x + widget.width, max(height, widget.height)
    return places


def text(name: str, *lines: str) -> Widget:
    """Say something above what is shown."""
    return Widget(name, WIDTH, 1 + len(lines) // 2, text=lines)


def counter(name: str, title: str, dataset: str, column: str) -> Widget:
    """Show one value."""
    spec = _spec(2, "counter", title, {"value": {"fieldName": column, "displayName": title}})
    return Widget(name, 2, 3, dataset, (column,), spec)


def line(name: str, title: str, dataset: str, axes: tuple[str, str], color: str = "") -> Widget:
    """Show how a number goes with time."""
    return _chart(Widget(name, 3, 6, dataset, axes), "line", title, "temporal", color)


def bar(
    name: str,
    title: str,
    dataset: str,
    axes: tuple[str, str],
    color: str = "",
    *,
    scale: Scale = "categorical",
) -> Widget:
    """Show a number of each of some categories, or days."""
    return _chart(Widget(name, 3, 6, dataset, axes), "bar", title, scale, color)


def table(name: str, title: str, dataset: str, columns: Sequence[Column], width: int = WIDTH) -> Widget:
    """Show rows."""
    shown = [
        {"fieldName": column.name, "title": column.name, "displayName": column.name, **_kind(column.type),
         "visible": True, "order": order}
        for order, column in enumerate(columns)
    ]  # fmt: skip
    spec = _spec(1, "table", title, {"columns": shown})
    return Widget(name, width, 6, dataset, tuple(column.name for column in columns), spec)


def _chart(widget: Widget, kind: str, title: str, scale: Scale, color: str) -> Widget:
    across, up = widget.fields
    encodings = {"x": _axis(across, scale), "y": _axis(up, "quantitative")}
    encodings |= {"color": _axis(color, "categorical")} if color else {}
    fields = (across, up, color) if color else (across, up)
    return replace(widget, fields=fields, spec=_spec(3, kind, title, encodings))


def _axis(column: str, scale: Scale) -> dict[str, Any]:
    return {"fieldName": column, "scale": {"type": scale}, "displayName": column}


def _spec(version: int, kind: str, title: str, encodings: Mapping[str, Any]) -> dict[str, Any]:
    frame = {"showTitle": True, "title": title}
    return {"version": version, "widgetType": kind, "encodings": dict(encodings), "frame": frame}


def _kind(type_: str) -> dict[str, str]:
    """Say a type as tables of a dashboard do."""
    if is_integer(type_):
        return {"type": "integer", "displayAs": "number"}
    if type_ in FLOATS or is_decimal(type_):
        return {"type": "float", "displayAs": "number"}
    if type_ in ("date", "timestamp"):
        return {"type": "date" if type_ == "date" else "datetime", "displayAs": "datetime"}
    return {"type": "boolean" if type_ == "boolean" else "string", "displayAs": "boolean" if type_ == "boolean" else "string"}  # fmt: skip
