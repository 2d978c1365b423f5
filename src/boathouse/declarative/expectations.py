"""Expectations: a table's rules as a declarative pipeline asks them, of each row as it comes or of all rows together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from boathouse.action import Action
from boathouse.contract_cells import marking, misfits_names, misfits_rows, rules_dict, text_of
from boathouse.declarative.declared import Wording, function
from boathouse.dialect.parse import parsed_expression
from boathouse.pipeline import Rule, RuleAction
from boathouse.quoting import python_text, sql_name
from boathouse.relation import Relation
from boathouse.step import LINE, call

CHECKS = "checks"
SHORT = 90  # letters of a dict that fits into the call of a decorator


@dataclass(frozen=True)
class Expectations:
    """The rules of a table: those that are asked of each row as expectations, and those that are compiled in."""

    action: Action
    wording: Wording
    by_row: bool = True  # whether rows come one by one; what AUTO CDC writes are changes of rows

    @property
    def expects_drop(self) -> bool:
        """Tell whether rows are dropped by an expectation, which counts them too; it sees one row and no other."""
        return self.wording.on_databricks and all(_sees_one_row(rule) for rule in self._of("drop"))

    @property
    def unasked(self) -> tuple[Rule, ...]:
        """Give the rules about what the table was before: a dataset cannot read itself."""
        return tuple(rule for rule in self.action.rules if rule.check.asks_before)

    @property
    def checked(self) -> tuple[Rule, ...]:
        """Give the rules that are asked of the finished table, in a dataset of their own."""
        asked = [rule for rule in self.action.asked_rules if rule not in self.unasked]
        return tuple(rule for rule in asked if not (self._has_expectations and _sees_one_row(rule)))

    @property
    def _has_expectations(self) -> bool:
        return self.wording.on_databricks and self.by_row

    # ---- of each row -----------------------------------------------------------------------------------------------

    def constants(self) -> list[str]:
        """Write the rules of each row as dicts."""
        lines: list[str] = []
        if self._of("drop"):
            lines += rules_dict("DROP", [(rule, self._text(self._expected(rule))) for rule in self._of("drop")])
        for kind in ("fail", "warn"):
            if by_row := self._of_rows(kind):
                lines += rules_dict(kind.upper(), [(rule, self._text(self._of_kept(rule))) for rule in by_row])
        return lines

    def decorators(self) -> list[str]:
        drop = [self.wording.expect("drop", "DROP")] if self._of("drop") and self.expects_drop else []
        fail = [self.wording.expect("fail", "FAIL")] if self._of_rows("fail") else []
        return [*drop, *fail, *([self.wording.expect("", "WARN")] if self._of_rows("warn") else [])]

    def apart(self) -> list[str]:
        """Write the statements that put the rows of the quarantine apart, after which `df` has all others."""
        column, lines = python_text(self.action.rules_column), list[str]()
        pairs = zip(misfits_names(self.action), self.action.misfits, strict=True)
        parts = [misfits_rows(self.action, *pair) for pair in pairs]
        if self._of("drop"):
            lines.append("broken = [F.when(~F.expr(rule), F.lit(name)) for name, rule in DROP.items()]")
            lines.append(f"marked = df.withColumn({column}, F.array_compact(F.array(*broken)))")
            parts.append(f"marked.where(F.size({column}) > 0)")
            if not self.expects_drop:
                lines.append(f"df = marked.where(F.size({column}) == 0).drop({column})")
        *first, last = [parts[0], *(f"quarantine.unionByName({part})" for part in parts[1:])]
        lines += [f"quarantine = {part}" for part in first]
        run = f".withColumn({python_text(self.action.run_column)}, F.lit(RUN_ID))"
        return [*lines, f"quarantine = {last}{run}"]

    def _of(self, kind: RuleAction) -> list[Rule]:
        return [rule for rule in self.action.rules if rule.action == kind]

    def _of_rows(self, kind: RuleAction) -> list[Rule]:
        return [rule for rule in self._of(kind) if rule not in (*self.checked, *self.unasked)]

    def _expected(self, rule: Rule) -> str:
        """Write what an expectation asks: it takes NULL for broken, where we do not know."""
        return _is(rule.check.row(self._relation), "NOT FALSE")

    def _of_kept(self, rule: Rule) -> str:
        """Write a rule for the rows that are kept; each expectation sees those too that another one drops."""
        dropped = self._of("drop") if self.expects_drop else []
        return " OR ".join([self._expected(rule), *(_is(drop.check.row(self._relation), "FALSE") for drop in dropped)])

    # ---- of all rows -----------------------------------------------------------------------------------------------

    def check_dataset(self, name: str) -> str:
        """Write the dataset that has one row, and a column for each rule that says whether it holds."""
        wording, table = self.wording, self.action.name
        fail, warn = ([rule for rule in self.checked if rule.action == kind] for kind in ("fail", "warn"))
        lines = [f"df = spark.table({wording.to.text(table)})"]
        for kind, rules in (("fail", fail), ("warn", warn)):
            lines += rules_dict(kind, [(rule, self._holds(rule)) for rule in rules]) if rules else []
        decorators = [wording.materialized_view(wording.free(table, CHECKS), f"Whether the rules of {table} hold")]
        if wording.on_databricks:
            checks = "{**fail, **warn}" if fail and warn else "fail" if fail else "warn"
            lines.append(f"return df.agg(*[check.alias(name) for name, check in {checks}.items()])")
            decorators += [wording.expect("fail", _held(fail))] if fail else []
            decorators += [wording.expect("", _held(warn))] if warn else []
        else:
            lines += _asserted(f"the contract of {table} does not hold", fail=bool(fail), warn=bool(warn))
        return function(name, "\n".join(lines), decorators=decorators)

    @property
    def _relation(self) -> Relation:
        relation = self.action.relation("df", "databricks")
        plain = Relation(relation.name, relation.schema, "databricks", others=relation.others)
        to = self.wording.to
        return marking(plain, to) if to.asks_schema else replace(plain, place=to.place)

    def _text(self, sql: str) -> str:
        """Write a rule as Python text, with the schemas' names where it reads other tables."""
        to = self.wording.to
        return text_of(sql, to.beginning) if to.asks_schema else python_text(sql)

    def _holds(self, rule: Rule) -> str:
        """Write what is true where all rows keep a rule."""
        start, table = len(f'        "{rule.name}": '), self._relation
        if not rule.check.alone:
            return call("F.expr", [self._text(rule.check.holds(table))], start + 1)
        text = self._text(rule.check.row(table))
        line = f"F.count_if(~F.expr({text})) == 0"
        return line if start + len(line) < LINE else f"{call('F.count_if', [f'~F.expr({text})'], LINE)}\n== 0"


def _sees_one_row(rule: Rule) -> bool:
    """Tell whether the rule is a plain condition: an expectation may hold no subquery and no window."""
    if not rule.check.alone or rule.check.reads():
        return False
    trees = map(parsed_expression, rule.check.expressions())
    return not any(tree.find(exp.Query, exp.Window, exp.AggFunc) for tree in trees)


def _is(sql: str, what: str) -> str:
    """Ask what a condition is; the line break ends a comment that it may end in."""
    return f"({sql}\n) IS {what}" if "--" in sql else f"({sql}) IS {what}"


def _held(rules: Iterable[Rule]) -> str:
    """Write the expectations of the one row of checks: a column that is NULL is not known to be broken."""
    pairs = [f"{python_text(rule.name)}: {python_text(f'{_column(rule)} IS NOT FALSE')}" for rule in rules]
    line = f"{{{', '.join(pairs)}}}"
    return line if len(line) <= SHORT else "\n".join(["{", *(f"    {pair}," for pair in pairs), "}"])


def _column(rule: Rule) -> str:
    return sql_name(rule.name, "databricks")  # always quoted: null and true are names too


def _asserted(sentence: str, *, fail: bool, warn: bool) -> list[str]:
    """Write the row of checks such that a rule that must hold and does not ends the update."""
    if not fail:
        return ["return df.agg(*[check.alias(name) for name, check in warn.items()])"]
    check = 'F.when(~check, F.raise_error(f"{sentence}: {name}")).otherwise(check)'
    checks = "{**asserted, **warn}" if warn else "asserted"
    return [
        f"sentence = {python_text(sentence)}",
        f"asserted = {{name: {check} for name, check in fail.items()}}",
        f"return df.agg(*[check.alias(name) for name, check in {checks}.items()])",
    ]
