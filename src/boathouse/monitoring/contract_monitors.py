"""Contract monitors: the rules of a table's contract as monitors, which ask in production what each run asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from boathouse.action import Action
from boathouse.destination import Destination
from boathouse.monitoring import monitor
from boathouse.monitoring.monitor import Monitors, Priority, Watch
from boathouse.names import slug
from boathouse.pipeline import Rule, RuleAction
from boathouse.plan import Plan
from boathouse.quoting import sql_name, sql_text
from boathouse.relation import Relation
from boathouse.step import free_name

# What is refused stops a run and is seen; rows in quarantine are there to be looked at when there is time.
PRIORITY: dict[RuleAction, Priority] = {"fail": "P2", "warn": "P3", "drop": "P4"}


@dataclass(frozen=True)
class Asking:
    """Where the tables stand, and how often, and by which warehouse, they are asked."""

    to: Destination
    minutes: int
    warehouse: str


def monitors(plan: Plan, asking: Asking) -> dict[str, Monitors]:
    """Give the monitors of each table that has any, under its flat name."""
    made = {action.name.flat: _gathered(_of_table(action, asking)) for action in plan.actions}
    schemas = {"schemas": _gathered(_of_schemas(plan, asking))}
    return {name: found for name, found in {**made, **schemas}.items() if found}


def _gathered(found: Iterable[tuple[str, dict[str, Any]]]) -> Monitors:
    kinds: Monitors = defaultdict(list)
    for kind, one in found:
        kinds[kind].append(one)
    return dict(kinds)


def _of_table(action: Action, asking: Asking) -> Iterator[tuple[str, dict[str, Any]]]:
    taken: list[str] = []  # two rules may differ in letters that a name of theirs cannot have
    for rule in action.rules:
        taken.append(free_name(slug(f"{asking.to.schema} {action.name.flat} {rule.name}"), taken))
        about = " ".join(f"{action.name}: {rule.written}".split())
        watch = Watch(taken[-1], about, PRIORITY[rule.action], asking.minutes, asking.warehouse)
        yield from _of_rule(rule, action, watch, asking.to)


def _of_rule(rule: Rule, action: Action, watch: Watch, to: Destination) -> Iterator[tuple[str, dict[str, Any]]]:
    check, table = rule.check, to.quoted(action.name)
    relation = Relation(table, action.schema, "databricks", others=action.inputs, place=to.quoted)
    if rule.action == "drop":
        refused, column = to.quoted(action.name.quarantine), sql_name(action.rules_column, "databricks")
        told = f"array_contains({column}, {sql_text(rule.name, 'databricks')})"
        yield "custom_sql", monitor.number(watch, f"SELECT count(*) FROM {refused} WHERE {told}")
    elif check.check == "volume":  # by what it was before, which a query of the table cannot say
        percent = float(check.change) * 100  # type: ignore[attr-defined]
        yield from (("custom_sql", one) for one in monitor.changes(watch, f"SELECT count(*) FROM {table}", percent))
    elif check.asks_before:
        return  # the columns of a whole schema are watched together
    elif check.by_row and check.alone:
        place = (to.catalog, to.of(action.name.layer), action.name.table)
        yield "validation", monitor.rows(watch, place, f"NOT ({_closed(check.row(relation))})")
    elif check.by_row:
        yield "custom_sql", monitor.number(watch, f"SELECT {check.broken(relation)} FROM {table}")
    else:
        # A check whose answer is unknown is not broken.
        broken = f"CASE WHEN NOT ({_closed(check.holds(relation))}) THEN 1 ELSE 0 END"
        yield "custom_sql", monitor.number(watch, f"SELECT {broken} FROM {table}")


def _of_schemas(plan: Plan, asking: Asking) -> Iterator[tuple[str, dict[str, Any]]]:
    """Watch the columns of the schemas in which a table has a rule about them."""
    layers = {a.name.layer: None for a in plan.actions for rule in a.rules if rule.check.check == "schema_drift"}
    for layer in layers:
        schema = asking.to.of(layer)
        about = f"{schema}: columns that come, go or have another type"
        made = monitor.columns(slug(f"{schema} columns"), about, (asking.to.catalog, schema), asking.warehouse)
        yield "table", made


def _closed(sql: str) -> str:
    """End a comment of the user's before the bracket that closes the condition."""
    return f"{sql}\n" if "--" in sql else sql
