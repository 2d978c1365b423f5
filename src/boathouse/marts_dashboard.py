"""Marts dashboard: a page for each of the first gold tables, of what its columns allow to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from boathouse.action import Action
from boathouse.destination import Destination
from boathouse.lakeview_widget import WIDTH, Dashboard, Dataset, Page, Widget, bar, counter, line, table, text
from boathouse.names import slug
from boathouse.plan import Plan
from boathouse.probe import MultiFindings
from boathouse.quoting import sql_name, sql_text
from boathouse.schema import FLOATS, Column, is_decimal, is_integer

PAGES = 10  # a dashboard with more is a list that nobody reads; the first page has the rows of all tables
COLUMNS = 12  # of a preview
ROWS = 100
CATEGORIES = 10


@dataclass(frozen=True)
class _Mart:
    """A gold table, and which of its columns say when, how much and of what kind."""

    action: Action
    table: str
    named: AbstractSet[str]  # columns that name things, or people, in the raw files

    @property
    def name(self) -> str:
        return slug(self.action.name.table)

    @property
    def time(self) -> Column | None:
        return next((column for column in self.action.schema if column.type in ("date", "timestamp")), None)

    @property
    def measure(self) -> Column | None:
        """Choose a number that is no name of anything: one with digits behind its point rather than a count."""
        others = [column for column in self.action.schema if column.name not in self._names]
        broken = (column for column in others if column.type in FLOATS or is_decimal(column.type))
        return next(broken, next((column for column in others if is_integer(column.type)), None))

    @property
    def category(self) -> Column | None:
        others = (column for column in self.action.schema if column.name not in self._names)
        return next((column for column in others if column.type == "string"), None)

    @property
    def _names(self) -> set[str]:
        """Name the columns that name things: the key, and what refers to other tables."""
        rules = self.action.table.contract.rules
        referring = {getattr(rule.check, "column", "") for rule in rules if rule.check.reads()}
        return {*self.action.table.contract.key, *referring, *self.named}

    @property
    def total(self) -> tuple[str, str]:
        """Say what becomes of the measure in a month: an amount adds up, and of any other number the mean says more."""
        assert self.measure is not None  # noqa: S101 - asked of marts that have one
        return ("total", "sum") if is_decimal(self.measure.type) else ("mean", "avg")


def marts_dashboard(plan: Plan, to: Destination, findings: MultiFindings | None = None) -> Dashboard:
    """Make the dashboard of the gold tables, in the order in which they are built."""
    named = frozenset(_named(findings)) if findings else frozenset()
    gold = (action for action in plan.actions if action.name.layer == "gold")
    marts = [_Mart(action, to.quoted(action.name), named) for action in gold]
    pages = [_page(mart) for mart in marts[:PAGES]]
    datasets = [dataset for mart in marts[:PAGES] for dataset in _datasets(mart)]
    return Dashboard((*_overview_datasets(marts), *datasets), (_overview(plan.pipeline.project, marts), *pages))


def _named(findings: MultiFindings) -> Iterator[str]:
    """Name the columns that tell one thing, or one person, from others, and so are no category."""
    for dataset in findings.datasets:
        yield from (column.name for column in dataset.columns if column.inferred_type in ("identifier", "text"))
        yield from (finding.column for finding in dataset.of("pii") if finding.column)


def _overview_datasets(marts: list[_Mart]) -> Iterator[Dataset]:
    counts = "\nUNION ALL\n".join(
        f"SELECT {sql_text(mart.action.name.table, 'databricks')} AS table_name, count(*) AS row_count FROM {mart.table}"
        for mart in marts
    )
    if marts:
        yield Dataset("all_tables", "Rows of all tables", f"{counts}\n")


def _overview(project: str, marts: list[_Mart]) -> Page:
    columns = (Column("table_name", "string"), Column("row_count", "bigint"))
    left = len(marts) - PAGES
    says = f"{len(marts)} gold tables" + (f"; the first {PAGES} have a page each." if left > 0 else ".")
    widgets = (
        (bar("rows_by_table", "Rows of each table", "all_tables", ("table_name", "row_count")),
         table("rows_table", "Tables", "all_tables", columns, width=3))
        if marts else ()
    )  # fmt: skip
    return Page("overview", "Overview", (text("about", f"## {project}: marts", says), *widgets))


def _datasets(mart: _Mart) -> Iterator[Dataset]:
    title = mart.action.name.table
    yield Dataset(f"{mart.name}_rows", f"{title}: rows", f"SELECT count(*) AS row_count\nFROM {mart.table}\n")
    if mart.time and mart.measure:
        when, much, (word, function) = _name(mart.time.name), _name(mart.measure.name), mart.total
        yield Dataset(f"{mart.name}_by_month", f"{title}: {mart.measure.name} by month", (
            f"SELECT trunc({when}, 'MONTH') AS month, {function}({much}) AS {word}, count(*) AS row_count\n"
            f"FROM {mart.table}\nWHERE {when} IS NOT NULL\nGROUP BY trunc({when}, 'MONTH')\n"
        ))  # fmt: skip
    if mart.category:
        kind = _name(mart.category.name)
        yield Dataset(f"{mart.name}_by_category", f"{title}: rows by {mart.category.name}", (
            f"SELECT {kind} AS category, count(*) AS row_count\nFROM {mart.table}\nGROUP BY {kind}\n"
            f"ORDER BY count(*) DESC, {kind} ASC NULLS LAST\nLIMIT {CATEGORIES}\n"
        ))  # fmt: skip
    columns = ", ".join(_name(column.name) for column in _shown(mart))
    order = ", ".join(f"{_name(name)} ASC NULLS LAST" for name in _order(mart))
    yield Dataset(f"{mart.name}_preview", f"{title}: the first {ROWS} rows", (
        f"SELECT {columns}\nFROM {mart.table}\nORDER BY {order}\nLIMIT {ROWS}\n"
    ))  # fmt: skip


def _page(mart: _Mart) -> Page:
    name, about = mart.name, mart.action.table.about
    widgets: list[Widget] = [
        text(f"{name}_about", f"## {mart.action.name.table}", *([" ".join(about.split())] if about else [])),
        counter(f"{name}_count", "Rows", f"{name}_rows", "row_count"),
    ]
    if mart.time and mart.measure:
        word = mart.total[0]
        title = f"{word.capitalize()} of {mart.measure.name} by month of {mart.time.name}"
        widgets.append(replace(line(f"{name}_line", title, f"{name}_by_month", ("month", word)), width=4))
    if mart.category:
        title = f"Rows by {mart.category.name}"
        widgets.append(
            replace(bar(f"{name}_bar", title, f"{name}_by_category", ("category", "row_count")), width=WIDTH)
        )
    widgets.append(table(f"{name}_table", f"The first {ROWS} rows", f"{name}_preview", _shown(mart)))
    return Page(name, mart.action.name.table, tuple(widgets))


def _shown(mart: _Mart) -> list[Column]:
    return [column for column in mart.action.schema if not column.type.startswith(("array", "map", "struct"))][:COLUMNS]


def _order(mart: _Mart) -> list[str]:
    """Name what puts the rows in one order: the key, or all that is shown, so that rows which the limit parts are alike."""
    return [*mart.action.table.contract.key] or [column.name for column in _shown(mart)]


def _name(name: str) -> str:
    return sql_name(name, "databricks")
