"""Contracts leave as documents of the Open Data Contract Standard and come back the same; what cannot be held is listed."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse import check, contract_file, odcs_export, odcs_import, yaml_file
from boathouse.check import CHECKS
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.odcs_types import read_type
from boathouse.pipeline import Contract, Rule, RuleAction
from boathouse.plan import Plan
from boathouse.schema import SIMPLE, Column, Schema
from boathouse.workbench import Workbench
from boathouse.yaml_line import yaml_block
from projects import project

STANDARD = json.loads(
    resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
)
CUSTOMERS, PLANS = TableName("silver", "customers"), TableName("silver", "plans")
FILES = {
    "raw/customers.csv": "id,age,plan,at\n1,30,basic,2024-01-05\n2,17,pro,2024-02-05\n",
    "raw/plans.csv": "plan\nbasic\npro\n",
    "tables/bronze/customers.yml": "source: {format: csv, path: raw/customers.csv}\n",
    "tables/bronze/plans.yml": "source: {format: csv, path: raw/plans.csv}\n",
    "tables/silver/plans.yml": "reads: bronze.plans\n",
    "tables/silver/customers.yml": """\
about: One row a customer.
reads: bronze.customers
steps:
  - {step: cast, columns: {id: int, age: int, at: date}}
contract:
  key: [id]
  columns: {id: int not null, age: int, plan: string, at: date}
  drop: {valid_age: age BETWEEN 18 AND 120}
  fail:
    known_plan: references(plan, silver.plans)
    one_row: unique(id)
    one_a_day: unique(id, at)
    enough: row_count() >= 1000
    fresh: fresh(at, '3 days')
    whole: not_null(id)
    both: not_null(id, at)
  warn:
    few_nulls: null_share(age) <= 0.07
    range: between(age, 18, 120)
    usual: accepted(plan, 'basic', 'pro', 'no', '1e5')
    form: "matches(plan, '[a-z]+|x')"
    in_2024: event_window(at, '2024-01-01', '2024-12-31', 0.01)
""",
}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return project(tmp_path / "shop", FILES)


def document(bench: Workbench, table: str = "silver.customers") -> dict[str, Any]:
    data: Any = yaml_file.read(bench.export_contracts(table).file).data
    return dict(data)


def is_valid(data: dict[str, Any]) -> bool:
    jsonschema.Draft201909Validator(STANDARD).validate(data)
    return True


# ---- out ----------------------------------------------------------------------------------------------------------------


def test_a_contract_is_valid_by_the_standards_own_schema(bench: Workbench) -> None:
    for table in ("silver.customers", "all"):
        assert is_valid(document(bench, table))
    assert document(bench)["apiVersion"] == "v3.2.0" == STANDARD["properties"]["apiVersion"]["default"]


def test_promises_are_said_in_the_standards_own_words(bench: Workbench) -> None:
    made = document(bench)
    (table,) = made["schema"]
    assert (table["name"], table["description"]) == ("silver_customers", "One row a customer.")
    columns = {column["name"]: column for column in table["properties"]}
    assert columns["id"] == {
        "name": "id", "logicalType": "integer", "logicalTypeOptions": {"format": "i32"}, "physicalType": "int", "required": True,
        "primaryKey": True, "primaryKeyPosition": 1,
        "quality": [
            {"name": "one_row", "metric": "duplicateValues", "mustBe": 0, "severity": "error", "customProperties": on_fail("fail")},
            {"name": "whole", "metric": "nullValues", "mustBe": 0, "severity": "error", "customProperties": on_fail("fail")},
        ],
    }  # fmt: skip
    assert [link["to"] for link in columns["plan"]["relationships"]] == ["silver_plans.plan"]
    assert [
        (rule["name"], rule["metric"], rule["mustBeLessOrEqualTo"], rule["unit"]) for rule in columns["age"]["quality"]
    ] == [("few_nulls", "nullValues", 7.0, "percent")]
    whole = {rule["name"]: rule for rule in table["quality"]}
    assert whole["valid_age"]["query"] == "SELECT count(*) FROM {object} WHERE NOT (age BETWEEN 18 AND 120)"
    assert whole["valid_age"]["customProperties"] == on_fail("drop")
    assert whole["enough"]["mustBeGreaterOrEqualTo"] == 1000
    assert [
        (level["property"], level["value"], level["unit"], level["element"]) for level in made["slaProperties"]
    ] == [("latency", 3, "day", "silver_customers.at")]


def on_fail(action: str) -> list[dict[str, str]]:
    return [{"property": "onFail", "value": action, "vendor": "boathouse"}]


def test_what_the_standard_has_no_words_for_is_listed(bench: Workbench) -> None:
    assert [(left.rule, left.says) for left in bench.export_contracts("silver.customers").document.unsaid] == [
        ("valid_age", "the standard has no quarantine: others see a rule that must hold")
    ]


@pytest.mark.parametrize("name", CHECKS.names())
def test_a_check_is_written_as_it_is_read(name: str) -> None:
    for example in CHECKS.member(name).examples():
        asked = check.parse(example.written)
        assert check.parse(asked.written) == asked


@pytest.mark.parametrize("kind", [
    *SIMPLE, "decimal(18,2)", "decimal(38,0)", "array<string>", "map<string,int>", "map<int,struct<a:decimal(4,2),b:date>>",
    "struct<a:int,b:array<map<string,binary>>>",
])  # fmt: skip
def test_every_type_of_the_lake_leaves_valid_and_comes_back(plan: Plan, kind: str) -> None:
    exported = odcs_export.export(planned(plan, Contract(Schema((Column("x", kind),)))), [CUSTOMERS], ("main", "shop"))
    assert is_valid(exported.data)
    assert read_type(exported.data["schema"][0]["properties"][0]) == kind


# ---- there and back ---------------------------------------------------------------------------------------------------------


def test_what_leaves_comes_back_the_same(bench: Workbench) -> None:
    before = bench.project.root.joinpath("tables/silver/customers.yml").read_text(encoding="utf-8")
    (changed,) = bench.import_contracts(bench.export_contracts("silver.customers").file)
    assert not changed.changed
    assert bench.project.root.joinpath("tables/silver/customers.yml").read_text(encoding="utf-8") == before


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
NAMES = ["id", "age", "plan", "at", "größe", "a.b", "select", "x`y", "{object}", "no"]
COLUMNS = Schema(
    tuple(Column(name, "string" if name == "plan" else "timestamp" if name == "at" else "bigint") for name in NAMES)
)
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 3))
COLUMN = st.sampled_from(NAMES)
SOME = st.lists(COLUMN, min_size=1, max_size=3, unique=True).map(tuple)
NEIGHBOUR = Schema(tuple(Column(name, "string") for name in NAMES))
MADE: dict[str, st.SearchStrategy[Any]] = {
    "accepted": st.fixed_dictionaries({"column": COLUMN, "values": st.lists(TEXTS | NUMBERS | st.booleans(), min_size=1, max_size=3).map(tuple)}),
    "between": st.fixed_dictionaries({"column": COLUMN, "low": NUMBERS | TEXTS, "high": NUMBERS | TEXTS}),
    "disparate_impact": st.fixed_dictionaries({"column": st.sampled_from(["id", "age"]), "by": st.just("plan"), "groups": st.lists(TEXTS, min_size=1, max_size=3).map(tuple), "minimum_rows": st.sampled_from([1, 30]), "operator": st.just(">="), "bound": st.just(0.8)}),
    "event_window": st.just({"column": "at", "first": "2024-01-01", "last": "2024-02-01", "share": 0.125}),
    "fresh": st.fixed_dictionaries({"column": st.just("at"), "within": st.sampled_from(["1 day", "3 days", "90 minutes", " 2 hour"])}),
    "matches": st.fixed_dictionaries({"column": st.just("plan"), "pattern": st.sampled_from(["[a-z]+", "a|b", "(a)|(?:b)", "^x$", "\\d'\"", "a b # c"])}),
    "not_null": st.fixed_dictionaries({"columns": SOME}),
    "null_share": st.fixed_dictionaries({"column": COLUMN, "operator": st.sampled_from(["<", "<="]), "bound": st.floats(0, 1).map(lambda x: round(x, 4))}),
    "predicate": st.fixed_dictionaries({"sql": st.sampled_from([
        "age > 1", "NOT (age = 1)", "NOT age = 1", "plan = 'a--b'", "age = 1 -- why", "(age = 1) OR (id = 2)", "plan = '{object}'", "`select` = 1\nOR id = 2",
        "plan RLIKE 'a' AND NOT (id IS NULL)",
    ])}),
    "psi": st.fixed_dictionaries({"column": st.just("plan"), "table": st.just("silver.plans"), "bins": st.lists(TEXTS, min_size=1, max_size=3).map(tuple), "to": st.sampled_from(["", "größe"]), "operator": st.sampled_from(["<", "<="]), "bound": st.just(0.2)}),
    "references": st.fixed_dictionaries({"column": COLUMN, "table": st.just("silver.plans"), "to": st.sampled_from(["", "plan", "größe"])}),
    "row_count": st.fixed_dictionaries({"operator": st.sampled_from([">=", ">", "<=", "<", "="]), "bound": st.integers(0, 10**12)}),
    "schema_drift": st.just({}),
    "unique": st.fixed_dictionaries({"columns": SOME}),
    "volume": st.fixed_dictionaries({"change": st.sampled_from([0.2, 0.05, 1.0, 2.5])}),
}  # fmt: skip


def test_every_check_of_the_shelf_is_tried() -> None:
    assert set(CHECKS.names()) <= set(MADE)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    rules = []
    for at in range(draw(st.integers(0, 5))):
        name = draw(st.sampled_from(sorted(MADE)))
        made = CHECKS.member(name)(**draw(MADE[name]))
        actions: list[RuleAction] = ["drop", "fail", "warn"] if made.by_row else ["fail", "warn"]
        rules.append(Rule(f"r{at}", draw(st.sampled_from(actions)), made, made.written))
    columns = Schema(tuple(Column(c.name, c.type, nullable=draw(st.booleans())) for c in COLUMNS))
    return Contract(columns, tuple(draw(st.lists(COLUMN, max_size=2, unique=True))), tuple(rules))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return project(tmp_path_factory.mktemp("any") / "shop", FILES).plan()


def planned(plan: Plan, contract: Contract) -> Plan:
    """Give the plan with another contract for its customers, whatever their steps make."""
    action = plan.action(CUSTOMERS)
    assert contract.columns
    table, inputs = replace(action.table, contract=contract), {**action.inputs, str(PLANS): NEIGHBOUR}
    return replace(plan, actions=(replace(action, table=table, schema=contract.columns, inputs=inputs),))


def as_compared(contract: Contract) -> tuple[Any, ...]:
    return (
        contract.columns,
        contract.key,
        sorted((rule.name, rule.action, rule.check.model_dump_json()) for rule in contract.rules),
    )


@settings(max_examples=60, deadline=None)
@given(contract=contracts())
def test_any_contract_leaves_valid_and_comes_back_the_same(plan: Plan, contract: Contract) -> None:
    exported = odcs_export.export(planned(plan, contract), [CUSTOMERS], ("main", "shop"))
    assert is_valid(exported.data)
    text = yaml_file.parse(yaml_block(exported.data), "c.odcs.yaml")
    assert text.data == exported.data
    (back,) = odcs_import.read(text, {CUSTOMERS: None, PLANS: NEIGHBOUR})
    assert as_compared(back.contract) == as_compared(contract), exported.data
    assert {left.what for left in back.unheld} <= {"servers", "description"}


@settings(max_examples=40, deadline=None)
@given(before=contracts(), after=contracts())
def test_any_contract_replaces_any_other_in_a_file_and_all_else_stays(before: Contract, after: Contract) -> None:
    head, tail = (
        "# mine\nreads: bronze.customers  # from there\nsteps:\n  - {step: dedupe}  # because\n",
        "# last\nfit_on: age > 1\n",
    )
    old = f"{head}{contract_file.contract_yaml(before)}{tail}"
    new = contract_file.put(old, after, {}, "t.yml")
    assert new.startswith(head)
    assert new.endswith(tail)
    assert yaml_file.parse(new, "t.yml").data["contract"] == contract_file.contract_data(after)
    assert contract_file.put(new, after, {}, "t.yml") == new


# ---- whatever somebody writes -------------------------------------------------------------------------------------------------


JUNK: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=5) | st.just([]) | st.just({}) | st.dates() | st.sampled_from([
    ["a", None, 1], {"a": 1}, [{"a": 1}], "SELECT", "SELECT count(*) FROM {object} WHERE", [1, 2], "percent", "'", "(", "2024-01-01",
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(data=st.data(), contract=contracts())
def test_a_document_with_junk_in_it_is_read_or_refused_with_a_place(
    plan: Plan, data: st.DataObject, contract: Contract
) -> None:
    document = odcs_export.export(planned(plan, contract), [CUSTOMERS], ("main", "shop")).data
    for _ in range(data.draw(st.integers(1, 4))):
        node: Any = document
        while True:
            key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            inner = node[key]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 5)) == 0:
                break
            node = inner
        node[key] = data.draw(JUNK)
    text = yaml_file.parse(yaml_block(document), "c.odcs.yaml")
    refused: UserError | None = None
    made = Contract()
    try:
        made = odcs_import.read(text, {CUSTOMERS: None, PLANS: NEIGHBOUR})[0].contract
    except UserError as error:
        refused = error
    assert refused is None or refused.place is not None
    assert contract_file.put("reads: bronze.t\n", made, {}, "t.yml").startswith("reads: bronze.t\n")
