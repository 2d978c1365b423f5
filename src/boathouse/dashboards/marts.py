"""Marts dashboard: a page for each of the first gold tables, of what its columns allow to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from boathouse.action import Action
from boathouse.dashboards.widget import WIDTH, Dashboard, Dataset, Page, Widget, bar, counter, line, table, text
from boathouse.destination import Destination
from boathouse.governance.personal_data import personal_columns
from boathouse.names import TableName, slug
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
    named: AbstractSet[str]  # columns that tell one thing from others, and so are no category
    personal: AbstractSet[str]

    @property
    def name(self) -> str:
        return slug(self.action.name.table)  # what is of one table has a hyphen behind it, and what is of all has none

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
        return {*self.action.table.contract.key, *referring, *self.named, *self.personal}

    @property
    def shown(self) -> list[Column]:
        """Choose what a preview shows; who sees a published dashboard may see by the eyes of who published it, unmasked."""
        nested = ("array", "map", "struct")
        plain = (column for column in self.action.schema if not column.type.startswith(nested))
        return [column for column in plain if column.name not in self.personal][:COLUMNS]

    @property
    def order(self) -> list[str]:
        """Name what puts the rows in one order: the key, or all that is shown, so that rows which the limit parts are alike."""
        return [*self.action.table.contract.key] or [column.name for column in self.shown]

    @property
    def total(self) -> tuple[str, str]:
        """Say what becomes of the measure in a month: an amount adds up, and of any other number the mean says more."""
        assert self.measure is not None  # noqa: S101 - asked of marts that have one
        return ("total", "sum") if is_decimal(self.measure.type) else ("mean", "avg")


def marts_dashboard(plan: Plan, to: Destination, findings: MultiFindings | None = None) -> Dashboard:
    """Make the dashboard of the gold tables, in the order in which they are built; what was found keeps people out of it."""
    personal: dict[TableName, set[str]] = defaultdict(set)
    for one in personal_columns(plan, findings):
        personal[one.table].add(one.column)
    named = frozenset(
        column.name
        for dataset in (findings.datasets if findings else ())
        for column in dataset.columns
        if column.inferred_type in ("identifier", "text")
    )
    gold = (action for action in plan.actions if action.name.layer == "gold")
    marts = [_Mart(action, to.quoted(action.name), named, personal[action.name]) for action in gold]
    pages = [_page(mart) for mart in marts[:PAGES]]
    datasets = [dataset for mart in marts[:PAGES] for dataset in _datasets(mart)]
    return Dashboard((*_overview_datasets(marts), *datasets), (_overview(plan.pipeline.project, marts), *pages))


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
    return Page("all-tables", "Overview", (text("about", f"## {project}: marts", says), *widgets))


def _datasets(mart: _Mart) -> Iterator[Dataset]:
    title = mart.action.name.table
    yield Dataset(f"{mart.name}-rows", f"{title}: rows", f"SELECT count(*) AS row_count\nFROM {mart.table}\n")
    if mart.time and mart.measure:
        when, much, (word, function) = _name(mart.time.name), _name(mart.measure.name), mart.total
        yield Dataset(f"{mart.name}-by-month", f"{title}: {mart.measure.name} by month", (
            f"SELECT trunc({when}, 'MONTH') AS month, {function}({much}) AS {word}, count(*) AS row_count\n"
            f"FROM {mart.table}\nWHERE {when} IS NOT NULL\nGROUP BY trunc({when}, 'MONTH')\n"
        ))  # fmt: skip
    if mart.category:
        kind = _name(mart.category.name)
        yield Dataset(f"{mart.name}-by-category", f"{title}: rows by {mart.category.name}", (
            f"SELECT {kind} AS category, count(*) AS row_count\nFROM {mart.table}\nGROUP BY {kind}\n"
            f"ORDER BY count(*) DESC, {kind} ASC NULLS LAST\nLIMIT {CATEGORIES}\n"
        ))  # fmt: skip
    columns = ", ".join(_name(column.name) for column in mart.shown)
    order = ", ".join(f"{_name(name)} ASC NULLS LAST" for name in mart.order)
    yield Dataset(f"{mart.name}-preview", f"{title}: the first {ROWS} rows", (
        f"SELECT {columns}\nFROM {mart.table}\nORDER BY {order}\nLIMIT {ROWS}\n"
    ))  # fmt: skip


def _page(mart: _Mart) -> Page:
    name, about = mart.name, mart.action.table.about
    widgets: list[Widget] = [
        text(f"{name}-about", f"## {mart.action.name.table}", *([" ".join(about.split())] if about else [])),
        counter(f"{name}-count", "Rows", f"{name}-rows", "row_count"),
    ]
    if mart.time and mart.measure:
        word = mart.total[0]
        title = f"{word.capitalize()} of {mart.measure.name} by month of {mart.time.name}"
        widgets.append(replace(line(f"{name}-line", title, f"{name}-by-month", ("month", word)), width=4))
    if mart.category:
        title = f"Rows by {mart.category.name}"
        widgets.append(
            replace(bar(f"{name}-bar", title, f"{name}-by-category", ("category", "row_count")), width=WIDTH)
        )
    widgets.append(table(f"{name}-table", f"The first {ROWS} rows", f"{name}-preview", mart.shown))
    return Page(name, mart.action.name.table, tuple(widgets))


def _name(name: str) -> str:
    return sql_name(name, "databricks")
