"""Contract check: hold a table's rows against its rules; rows that break a `drop` rule are set apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from boathouse.action import FITS, Action
from boathouse.chain import Chain
from boathouse.errors import CheckFailed
from boathouse.pipeline import Rule, RuleAction
from boathouse.quoting import sql_text
from boathouse.relation import Before, Relation
from boathouse.schema import Schema
from boathouse.step import MISFITS, free_name

SHOWN = 3  # rows of a rule that breaks
WIDE = 160  # letters of such a row that a sentence has; --json has all


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
    text = ", ".join(f"{name} {'NULL' if value is None else value}" for name, value in row.items())
    return text if len(text) <= WIDE else f"{text[:WIDE]} ..."


@dataclass(frozen=True)
class Apart:
    """The rows that `drop` rules set apart: the query that reads them, and how many each rule found."""

    query: str
    run_column: str
    results: tuple[RuleResult, ...]

    def told(self, run_id: str) -> str:
        """Write the query of the rows as the quarantine has them: with the run that sets them apart."""
        return f"SELECT *, {sql_text(run_id, 'duckdb')} AS {self.run_column} FROM ({self.query})"


def set_apart(chain: Chain, action: Action) -> Apart | None:
    """Take the rows that break a `drop` rule out of the chain; none is lost, for the query reads them and all misfits."""
    if not action.drops:
        return None
    parts = [_misfits(name, schema, action) for name, schema in zip(chain.apart, action.misfits, strict=True)]
    results: list[RuleResult] = []
    if action.misfits:
        rows = chain.engine.row(f"SELECT count(*) AS n FROM ({' UNION ALL '.join(parts)})")["n"]
        results.append(RuleResult("fits", "drop", FITS, rows == 0, rows))
    rules = action.drop_rules
    if rules:
        query, dropped = _dropped(chain, action, rules)
        parts.append(query)
        results += dropped
    return Apart(" UNION ALL ".join(parts), action.run_column, tuple(results))


def _dropped(chain: Chain, action: Action, rules: Sequence[Rule]) -> tuple[str, list[RuleResult]]:
    """Mark each row with the rules that it breaks; those that break none go on."""
    table = action.relation(chain.name)
    column = action.rules_column
    broken = table.reasons([(f"NOT ({rule.check.row(table)}\n)", table.text(rule.name)) for rule in rules])
    chain.add(f"SELECT *, {broken} AS {column} FROM {chain.name}")
    chain.settle()
    marked = chain.name
    counts = chain.engine.rows(
        f"SELECT rule, count(*) AS n FROM (SELECT unnest({column}) AS rule FROM {marked}) GROUP BY ALL"
    )
    found = {row["rule"]: row["n"] for row in counts}
    kept = ", ".join(map(table.column, action.schema.names))
    chain.add(f"SELECT {kept} FROM {marked} WHERE len({column}) = 0")
    results = [_result(rule, holds=rule.name not in found, found=found.get(rule.name, 0)) for rule in rules]
    return f"SELECT {kept}, {column} FROM {marked} WHERE len({column}) > 0", results


def _misfits(name: str, schema: Schema, action: Action) -> str:
    """Select rows that left early as the quarantine has them: what was not a column yet, or of another type, is NULL."""
    table = Relation(name, schema)
    columns = [
        f"{table.column(c.name) if schema.types.get(c.name) == c.type else f'CAST(NULL AS {table.type(c.type)})'} AS {table.name_of(c.name)}"
        for c in action.schema
    ]
    return f"SELECT {', '.join(columns)}, {MISFITS} AS {action.rules_column} FROM {name}"


def held(chain: Chain, action: Action, before: Before, *, is_kept: bool) -> tuple[RuleResult, ...]:
    """Ask the `fail` and `warn` rules in one scan; a `fail` rule that breaks is an error, and nothing is written.

    The rows are computed once for that and for the write, unless they are kept already.
    """
    rules = action.asked_rules
    if not rules:
        return ()
    if not is_kept:
        chain.settle()
    return judged(asked(chain, action, rules, before))


def asked(chain: Chain, action: Action, rules: Sequence[Rule], before: Before) -> tuple[RuleResult, ...]:
    """Ask rules of a chain's rows in one scan, without judging."""
    if not rules:
        return ()
    table = replace(action.relation(chain.name), before=before)
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
