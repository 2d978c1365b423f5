"""Contract check: hold a table's rows against its rules; rows that break a `drop` rule are set apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from boathouse.action import Action
from boathouse.chain import Chain
from boathouse.errors import CheckFailed
from boathouse.pipeline import Rule, RuleAction
from boathouse.relation import Relation
from boathouse.step import free_name

SHOWN = 3  # rows of a rule that breaks


@dataclass(frozen=True)
class RuleResult:
    """What one rule found: the rows that break it, or the number that it asks of all of them."""

    rule: str
    action: RuleAction
    written: str
    holds: bool
    found: Any
    rows: tuple[dict[str, Any], ...] = ()

    @property
    def says(self) -> str:
        """Say what is wrong in one sentence, with the rows."""
        said = f"`{self.rule}` ({self.written}) does not hold: {self.found}"
        return "\n  ".join([f"{said}{' rows break it' if self.rows else ''}", *map(_shown, self.rows)])


def _shown(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {'NULL' if value is None else value}" for name, value in row.items())


@dataclass(frozen=True)
class Apart:
    """The rows that `drop` rules set apart: the query that reads them, and how many each rule found."""

    query: str
    rows: int
    results: tuple[RuleResult, ...]


def set_apart(chain: Chain, action: Action) -> Apart | None:
    """Take the rows that break a `drop` rule out of the chain; none is lost, for the query reads them."""
    rules = [rule for rule in action.rules if rule.action == "drop"]
    if not rules:
        return None
    table = action.relation(chain.name)
    column = action.rules_column
    names = ", ".join(f"CASE WHEN NOT ({rule.check.row(table)}\n) THEN {table.text(rule.name)} END" for rule in rules)
    chain.add(f"SELECT *, list_filter([{names}], lambda name: name IS NOT NULL) AS {column} FROM {chain.name}")
    chain.settle()
    marked = chain.name
    counts = chain.engine.rows(
        f"SELECT rule, count(*) AS n FROM (SELECT unnest({column}) AS rule FROM {marked}) GROUP BY ALL"
    )
    found = {row["rule"]: row["n"] for row in counts}
    rows = chain.engine.row(f"SELECT count(*) AS n FROM {marked} WHERE len({column}) > 0")["n"]
    kept = ", ".join(map(table.column, action.schema.names))
    chain.add(f"SELECT {kept} FROM {marked} WHERE len({column}) = 0")
    results = tuple(_result(rule, holds=rule.name not in found, found=found.get(rule.name, 0)) for rule in rules)
    return Apart(f"SELECT * FROM {marked} WHERE len({column}) > 0", rows, results)


def held(chain: Chain, action: Action, *, is_kept: bool) -> tuple[RuleResult, ...]:
    """Ask the `fail` and `warn` rules in one scan; a `fail` rule that breaks is an error, and nothing is written.

    The rows are computed once for that and for the write, unless they are kept already.
    """
    rules = [rule for rule in action.rules if rule.action != "drop"]
    if not rules:
        return ()
    if not is_kept:
        chain.settle()
    return judged(asked(chain, action, rules))


def asked(chain: Chain, action: Action, rules: Sequence[Rule]) -> tuple[RuleResult, ...]:
    """Ask rules of a chain's rows in one scan, without judging."""
    if not rules:
        return ()
    table = action.relation(chain.name)
    parts = [f"{part} AS {name}_{at}" for at, rule in enumerate(rules) for name, part in _aggregates(rule, table)]
    answer = chain.engine.row(chain.query(f"SELECT {', '.join(parts)} FROM {chain.name}"))
    results = []
    for at, rule in enumerate(rules):
        result = _result(rule, holds=answer[f"holds_{at}"] is not False, found=answer[f"broken_{at}"])
        results.append(result if result.holds else replace(result, rows=_rows(chain, rule, table)))
    return tuple(results)


def judged(results: tuple[RuleResult, ...]) -> tuple[RuleResult, ...]:
    """Give the results back, unless a `fail` rule does not hold."""
    failed = [result for result in results if result.action == "fail" and not result.holds]
    if failed:
        says = "\n".join(["the contract does not hold, and nothing is written", *(result.says for result in failed)])
        raise CheckFailed(says, results=list(results))
    return results


def _aggregates(rule: Rule, table: Relation) -> list[tuple[str, str]]:
    return [("holds", rule.check.holds(table)), ("broken", rule.check.broken(table))]


def _result(rule: Rule, *, holds: bool, found: Any) -> RuleResult:
    return RuleResult(rule.name, rule.action, " ".join(rule.written.split()), holds, found)


def _rows(chain: Chain, rule: Rule, table: Relation) -> tuple[dict[str, Any], ...]:
    """Fetch three rows that break a rule, the first by their values, so that two runs show the same."""
    if not rule.check.by_row:
        return ()
    right = free_name("_right", table.schema.names)
    marked = f"SELECT *, ({rule.check.row(table)}\n) AS {right} FROM {chain.name}"
    columns = table.columns(table.schema.names)
    query = f"SELECT {columns} FROM ({marked}) WHERE NOT {right} ORDER BY ALL LIMIT {SHOWN}"
    return tuple(chain.engine.rows(chain.query(query)))
