"""Monte Carlo rule: what is to be watched of a table, written above the function that makes it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any, Literal, TypeVar, get_args

from boathouse.errors import UnknownName, UserError
from boathouse.monitoring.monitor import Monitors, Priority, Watch, changes, number
from boathouse.names import LAYERS, slug
from boathouse.quoting import sql_name, sql_text

RuleType = Literal["freshness", "volume", "custom_sql"]
Severity = Literal["critical", "high", "medium", "low"]
Function = TypeVar("Function", bound=Callable[..., Any])

PRIORITIES: Mapping[Severity, Priority] = MappingProxyType(
    {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}
)
MADE = re.compile(rf"(?:\w+_)?({'|'.join(LAYERS)})_(\w+)")  # create_silver_customers makes silver.customers
MARK = "__monte_carlo_rules__"
DAY = 24  # hours
# A table that is not there has no age, and is as late as one can be.
AGE = """SELECT coalesce(timestampdiff(MINUTE, max(last_altered), current_timestamp()) / 60, 1000000)
FROM {catalog}.information_schema.tables
WHERE table_schema = {schema} AND table_name = {table}"""
WANTED = {"freshness": "threshold_hours", "volume": "threshold_change_percent", "custom_sql": "sql"}


@dataclass(frozen=True)
class MonteCarloRule:
    """One rule: of which table, and when it alerts."""

    key: str  # the same as long as the function has its name: by it the rule is known there
    rule_type: RuleType
    threshold: float
    severity: Severity
    table: str  # silver.customers, or main.sales.customers in full
    sql: str = ""
    about: str = ""

    def monitors(self, table: tuple[str, str, str], warehouse: str = "") -> Monitors:
        """Say it in the words of monitors as code, of the table's full name."""
        catalog, schema, name = (sql_name(part, "databricks") for part in table)
        hours = min(self.threshold, DAY) if self.rule_type == "freshness" else DAY
        watch = Watch(slug(self.key), self.about, PRIORITIES[self.severity], max(60, int(hours * 60)), warehouse)
        if self.rule_type == "custom_sql":
            return {"custom_sql": [number(watch, self.sql, above=self.threshold)]}
        if self.rule_type == "volume":
            return {"custom_sql": [*changes(watch, f"SELECT count(*) FROM {catalog}.{schema}.{name}", self.threshold)]}
        sql = AGE.format(catalog=catalog, schema=_word(table[1]), table=_word(table[2]))
        return {"custom_sql": [number(watch, sql, above=self.threshold)]}


def monte_carlo_rule(
    rule_type: RuleType,
    *,
    threshold_hours: float | None = None,
    threshold_change_percent: float | None = None,
    severity: Severity = "medium",
    table: str = "",
    sql: str = "",
) -> Callable[[Function], Function]:
    """Have Monte Carlo watch the table that a function makes; the function stays as it is.

    `table` may be left out where the function is called after it: create_silver_customers makes silver.customers.
    A `custom_sql` rule alerts where the one number of its query is larger than 0.
    """
    given = {
        "threshold_hours": threshold_hours,
        "threshold_change_percent": threshold_change_percent,
        "sql": sql or None,
    }
    value = _checked(rule_type, severity, given)

    def mark(function: Function) -> Function:
        rule = MonteCarloRule(
            f"{function.__module__}.{function.__qualname__}.{rule_type}",
            rule_type,
            0 if isinstance(value, str) else value,
            severity,
            table or _table_of(function.__qualname__),
            sql,
            _about(function, rule_type),
        )
        setattr(function, MARK, (*getattr(function, MARK, ()), rule))
        return function

    return mark


def _checked(rule_type: RuleType, severity: Severity, given: dict[str, Any]) -> float | str:
    """Refuse what no rule can be; give the one value that a rule of this type has."""
    for kind, word, known in (("rule type", rule_type, get_args(RuleType)), ("severity", severity, get_args(Severity))):
        if word not in known:
            raise UnknownName(kind, word, known)
    wanted = WANTED[rule_type]
    value: float | str | None = given.pop(wanted)
    if value is None or (not isinstance(value, str) and value <= 0):
        raise UserError(f"a {rule_type} rule wants {wanted}", hint=f"write {wanted}=..., larger than 0")
    for name in (name for name, other in given.items() if other is not None):
        raise UserError(f"a {rule_type} rule has no {name}", hint=f"it wants {wanted}")
    return value


def collect_rules(module: str) -> tuple[MonteCarloRule, ...]:
    """Import a module, with all modules below it, and give the rules of its functions, in the order of their keys."""
    found = {rule.key: rule for one in _modules(module) for rule in _rules(one)}
    return tuple(found[key] for key in sorted(found))


def _modules(name: str) -> Iterator[ModuleType]:
    try:
        top = importlib.import_module(name)
        yield top
        for inner in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{name}.", onerror=_again):
            yield importlib.import_module(inner.name)
    except ImportError as error:
        hint = "start Python in the folder that it stands in"
        raise UserError(f"the module `{name}` cannot be imported: {error}", hint=hint) from error


def _again(name: str) -> None:
    importlib.import_module(name)  # a package that cannot be imported would else be passed over, and its rules removed


def _rules(module: ModuleType) -> Iterator[MonteCarloRule]:
    for thing in vars(module).values():
        if getattr(thing, "__module__", "") == module.__name__:
            yield from getattr(thing, MARK, ())


def _word(name: str) -> str:
    return sql_text(name.lower(), "databricks")  # as the information schema keeps names


def _table_of(function: str) -> str:
    made = MADE.fullmatch(function.rsplit(".", 1)[-1])
    return f"{made[1]}.{made[2]}" if made else ""


def _about(function: Callable[..., Any], rule_type: str) -> str:
    said = (function.__doc__ or "").strip().split("\n", 1)[0]
    return f"{rule_type} of what {function.__qualname__} makes{f': {said}' if said else ''}"
