"""Monitor: what Monte Carlo is to watch, in the words of its monitors as code.

The forms are those of https://docs.getmontecarlo.com/docs/custom-sql and /docs/validation; the older ones that are named
freshness, volume and field_health can no longer be made, so that a query says here what they said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Priority = Literal["P1", "P2", "P3", "P4"]
Monitors = dict[str, list[dict[str, Any]]]  # by kind, as they stand under `montecarlo:`

LONGEST = 512  # characters of a description
TWO_DAYS = 2 * 24 * 60


@dataclass(frozen=True)
class Watch:
    """What every monitor says: its name, which is what it is known by, and how often and how urgently it asks."""

    name: str
    description: str
    priority: Priority
    minutes: int
    warehouse: str = ""

    @property
    def words(self) -> dict[str, Any]:
        warehouse = {"warehouse": self.warehouse} if self.warehouse else {}
        return {
            "name": self.name,
            "description": self.description[:LONGEST],
            **warehouse,
            "priority": self.priority,
            "schedule": {"type": "fixed", "interval_minutes": self.minutes},
        }


def number(watch: Watch, sql: str, *, above: float = 0) -> dict[str, Any]:
    """Alert where the one number of a query is larger than it may be."""
    return {**watch.words, "sql": sql, "alert_conditions": [_condition("threshold", "GT", above)]}


def changes(watch: Watch, sql: str, percent: float) -> tuple[dict[str, Any], ...]:
    """Alert where a number is so many percent above, or below, its mean of two days: a monitor has one condition."""
    baseline = {
        "baseline_agg_function": "AVG",
        "baseline_interval_minutes": max(TWO_DAYS, 2 * watch.minutes),
        "is_threshold_relative": True,
    }
    sides = (("more", "GT", percent), ("fewer", "LT", -percent))
    return tuple(
        {
            **watch.words,
            "name": f"{watch.name}_{side}",
            "sql": sql,
            "alert_conditions": [{**_condition("change", operator, bound), **baseline}],
        }
        for side, operator, bound in sides
    )


def rows(watch: Watch, table: tuple[str, str, str], wrong: str) -> dict[str, Any]:
    """Alert where a table has rows of which a condition is true: those that are wrong, not those that are right."""
    catalog, schema, name = table
    return {
        **watch.words,
        "data_source": {"table": f"{catalog}:{schema}.{name}"},
        "alert_condition": {"type": "GROUP", "operator": "AND", "conditions": [{"type": "SQL", "sql": wrong}]},
    }


def columns(name: str, description: str, schema: tuple[str, str], warehouse: str) -> dict[str, Any]:
    """Alert where a column of a schema's tables comes, goes or changes its type; such a monitor has no schedule of its own."""
    return {
        "name": name,
        "description": description[:LONGEST],
        **({"warehouse": warehouse} if warehouse else {}),
        "asset_selection": {"databases": [{"name": schema[0], "schemas": [schema[1]]}]},
        "alert_conditions": [{"metric": "schema"}],
    }


def _condition(kind: str, operator: str, bound: float) -> dict[str, Any]:
    return {"type": kind, "operator": operator, "threshold_value": bound}
