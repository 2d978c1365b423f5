"""A data contract that somebody else wrote: what rows can be asked becomes rules, and everything else is listed with its line."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from boathouse import odcs_import, yaml_file
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.odcs_import import Imported
from boathouse.odcs_types import read_type
from boathouse.workbench import Workbench
from projects import project

ORDERS, CUSTOMERS = TableName("silver", "orders"), TableName("silver", "customers")
HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: orders\nversion: 1.0.0\n"


def read(schema: str, around: str = "", head: str = HEAD) -> Imported:
    text = f"{head}schema:\n  - name: orders\n{indent(dedent(schema), '    ')}\n{around}"
    return odcs_import.read(yaml_file.parse(text, "orders.odcs.yaml"), {ORDERS: None, CUSTOMERS: None})[0]


def column(said: str, kind: str = "string") -> Imported:
    return read(f"properties:\n  - name: x\n    logicalType: {kind}\n{indent(dedent(said), '    ')}")


def rules(imported: Imported) -> list[tuple[str, str, str]]:
    return [(rule.name, rule.action, rule.written) for rule in imported.contract.rules]


def listed(imported: Imported) -> list[tuple[str, str]]:
    return [(left.what, left.why) for left in imported.unheld]


# ---- columns ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "kind"), [
    ({"physicalType": "DECIMAL(10, 2)", "logicalType": "number"}, "decimal(10,2)"), ({"physicalType": "varchar(18)"}, "string"),
    ({"physicalType": "NUMBER(38,0)"}, "decimal(38,0)"), ({"physicalType": "TIMESTAMP_LTZ"}, "timestamp"), ({"physicalType": "INT64"}, "bigint"),
    ({"physicalType": "geography", "logicalType": "string"}, "string"), ({"physicalType": "map<string,int>"}, "map<string,int>"),
    ({"logicalType": "integer"}, "bigint"), ({"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}, "int"),
    ({"logicalType": "integer", "logicalTypeOptions": {"format": "u64"}}, "decimal(20,0)"), ({"logicalType": "number"}, "double"),
    ({"logicalType": "array", "items": {"logicalType": "date"}}, "array<date>"),
    ({"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}}}, "map<string,bigint>"),
    ({"logicalType": "object", "properties": [{"name": "a", "logicalType": "date"}]}, "struct<a:date>"), ({"logicalType": "time"}, ""), ({}, ""),
])  # fmt: skip
def test_a_type_is_read_from_the_physical_one_or_else_the_logical(said: dict[str, object], kind: str) -> None:
    assert read_type(said) == kind


def test_columns_key_and_not_null() -> None:
    contract = read("""\
        properties:
          - {name: day, logicalType: date, primaryKey: true, primaryKeyPosition: 2}
          - {name: order, physicalName: order_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
    """).contract
    assert contract.key == ("order_id", "day")
    assert contract.columns is not None
    assert [(c.name, c.type, c.nullable) for c in contract.columns] == [
        ("day", "date", True),
        ("order_id", "bigint", False),
    ]


# ---- what can be asked --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "kind", "written"), [
    ("unique: true", "string", "unique(x)"),
    ("enum: [{value: a}, {value: b, label: B}]", "string", "accepted(x, 'a', 'b')"),
    ("enum: [{value: 1}, {value: 2}]", "integer", "accepted(x, 1, 2)"),
    ("logicalTypeOptions: {minimum: 0, maximum: 9.5}", "number", "between(x, 0, 9.5)"),
    ("logicalTypeOptions: {minimum: 0}", "number", "x >= 0"),
    ("logicalTypeOptions: {exclusiveMaximum: '2024-01-01'}", "date", "x < CAST('2024-01-01' AS date)"),
    ("logicalTypeOptions: {maxLength: 5}", "string", "length(x) <= 5"),
    ("logicalTypeOptions: {multipleOf: 5}", "integer", "x % 5 = 0"),
    ("logicalTypeOptions: {pattern: '^[A-Z]{2}$'}", "string", "matches(x, '[A-Z]{2}')"),
    ("logicalTypeOptions: {pattern: '^a|b$'}", "string", "matches(x, '(?s:.*)(?:^a|b$)(?s:.*)')"),
    ("physicalType: varchar(18)", "string", "length(x) <= 18"),
    ("quality: [{metric: nullValues, mustBe: 0}]", "string", "not_null(x)"),
    ("quality: [{type: library, metric: nullValues, mustBeLessThan: 1, unit: rows}]", "string", "not_null(x)"),
    ("quality: [{metric: nullValues, mustBeLessThan: 1, unit: percent}]", "string", "null_share(x) < 0.01"),
    ("quality: [{metric: duplicateValues, mustBe: 0}]", "string", "unique(x)"),
    ("quality: [{rule: duplicateCount, mustBe: 0}]", "string", "unique(x)"),  # as 3.0 said it
    ("quality: [{metric: invalidValues, arguments: {validValues: [a, null]}, mustBe: 0}]", "string", "accepted(x, 'a')"),
    ("quality: [{metric: invalidValues, arguments: {pattern: '^[0-9]+$'}, mustBe: 0}]", "string", "matches(x, '[0-9]+')"),
    ("quality: [{metric: missingValues, arguments: {missingValues: [null, '', N/A]}, mustBe: 0}]", "string", "x IS NOT NULL AND x NOT IN ('', 'N/A')"),
    ("quality: [{type: sql, query: 'SELECT COUNT(*) FROM {object} WHERE {property} < 0', mustBe: 0}]", "integer", "NOT (`x` < 0)"),
    ("quality: [{type: sql, query: 'select count(1) as n from orders where not (x > 0);', mustBeLessThan: 1}]", "integer", "x > 0"),
    ("relationships: [{to: customers.id}]", "integer", "references(x, silver.customers, id)"),
    ("relationships: [{to: silver_customers.x, type: foreignKey}]", "integer", "references(x, silver.customers)"),
])  # fmt: skip
def test_what_a_column_promises_becomes_a_rule_that_fails(said: str, kind: str, written: str) -> None:
    imported = column(said, kind)
    assert [(action, text) for _, action, text in rules(imported)] == [("fail", written)]
    assert listed(imported) == []


@pytest.mark.parametrize(("said", "written"), [
    ("{metric: rowCount, mustBeGreaterOrEqualTo: 100}", ["row_count() >= 100"]),
    ("{metric: rowCount, mustBeBetween: [100, 120]}", ["row_count() >= 100", "row_count() <= 120"]),
    ("{metric: rowCount, mustBeGreaterThan: 0, mustBeLessThan: 9}", ["row_count() > 0", "row_count() < 9"]),
    ("{type: sql, query: 'SELECT count(*) FROM {object}', mustBeGreaterThan: 9}", ["row_count() > 9"]),
    ("{metric: duplicateValues, mustBe: 0, arguments: {properties: [x, day]}}", ["unique(x, day)"]),
    ("{type: custom, engine: boathouse, implementation: 'event_window(day, ''2024-01-01'', ''2024-12-31'')'}", ["event_window(day, '2024-01-01', '2024-12-31')"]),
])  # fmt: skip
def test_what_a_table_promises(said: str, written: list[str]) -> None:
    columns = "[{name: x, logicalType: integer}, {name: day, logicalType: date}]"
    assert [text for _, _, text in rules(read(f"properties: {columns}\nquality: [{said}]"))] == written


def test_a_latency_is_freshness_of_its_column() -> None:
    levels = "slaProperties: [{property: latency, value: 4, unit: d, element: orders.at}, {property: ly, value: 1, unit: hour, element: at}]"
    imported = read("properties: [{name: at, logicalType: timestamp}]", levels)
    assert rules(imported) == [("at_latency", "fail", "fresh(at, '4 days')"), ("at_ly", "fail", "fresh(at, '1 hour')")]


def test_names_severity_and_words_of_the_author_stay() -> None:
    imported = column("""\
        quality:
          - {name: Agreed with sales!, metric: nullValues, mustBe: 0, severity: warning, description: See the minutes of May}
          - {metric: duplicateValues, mustBe: 0, customProperties: [{property: onFail, value: drop}]}
    """)
    assert rules(imported) == [
        ("agreed_with_sales", "warn", "not_null(x)"),
        ("x_duplicate_values", "drop", "unique(x)"),
    ]
    assert imported.told == {"agreed_with_sales": "See the minutes of May"}


def test_an_edited_export_says_what_its_standard_words_say() -> None:
    """`check` tells which check a query was made from, for as long as the query is the same."""
    entry = "{type: sql, query: 'SELECT count(*) FROM {object} WHERE NOT (`x` BETWEEN 1 AND %s)', mustBe: 0, customProperties: [{property: check, value: 'between(x, 1, 9)'}]}"
    columns = "properties: [{name: x, logicalType: integer}]"
    assert rules(read(f"{columns}\nquality: [{entry % 9}]"))[0][2] == "between(x, 1, 9)"
    assert rules(read(f"{columns}\nquality: [{entry % 7}]"))[0][2] == "`x` BETWEEN 1 AND 7"


# ---- what cannot --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "why"), [
    ("quality: [{type: text, description: By hand}]", "prose"),
    ("quality: [{type: custom, engine: soda, implementation: 'x: y'}]", "it is for soda"),
    ("quality: [{metric: invalidValues, arguments: {validValues: [a]}, mustBeLessThan: 5, unit: percent}]", "< 5 percent"),
    ("quality: [{metric: nullValues, mustBeLessThan: 10}]", "no check counts nullValues that are < 10"),
    ("quality: [{metric: duplicateValues, mustNotBe: 0}]", "<> 0"),
    ("quality: [{description: What is meant}]", "names no metric"),
    ("quality: [{metric: nullValues}]", "compares with nothing"),
    ("quality: [{type: sql, query: 'SELECT max(x) FROM orders', mustBeLessThan: 3}]", "only a query that counts"),
    ("quality: [{type: sql, query: 'SELECT count(*) FROM others WHERE x = 1', mustBe: 0}]", "only a query that counts"),
    ("quality: [{type: sql, query: 'SELECT count(*) FROM orders WHERE x = 1 GROUP BY x', mustBe: 0}]", "only a query that counts"),
    ("quality: [{type: sql, query: 'SELECT count(*) FROM orders WHERE nope = 1', mustBe: 0}]", "no column `nope`"),
    ("quality: [{type: sql, query: 'SELECT count(*) FROM orders WHERE x IN (SELECT y FROM z)', mustBe: 0}]", "subquery"),
    ("quality: [{metric: nullValues, mustBe: 0, schedule: 0 20 * * *}]", "nothing here acts on it"),
    ("quality: [{metric: invalidValues, arguments: {pattern: '(?=a)'}, mustBe: 0}]", "RE2"),
    ("logicalTypeOptions: {format: uuid}", "no check asks that"),
    ("relationships: [{to: nowhere.id}]", "no table of the project"),
    ("relationships: [{to: [customers.id, customers.day]}]", "one column"),
    ("description: what it is", "asks nothing of rows"), ("classification: restricted", "asks nothing of rows"),
])  # fmt: skip
def test_what_no_run_can_ask_is_listed_with_its_line(said: str, why: str) -> None:
    (left,) = column(said).unheld
    assert why in left.why
    assert left.place is not None
    assert (left.place.file, left.place.line) == ("orders.odcs.yaml", 10)


def test_what_is_said_around_the_tables_is_listed() -> None:
    imported = read(
        "properties: [{name: x, logicalType: date, tags: []}]\ndescription: Orders",
        "team: [{username: ada}]\nslaProperties: [{property: retention, value: 3, unit: y}]",
    )
    assert [what for what, _ in listed(imported)] == [
        "description",
        "team",
        "slaProperties {property: retention, value: 3, unit: y}",
    ]


# ---- mistakes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "said"), [
    ("", "c.yaml:1:1: this is no data contract"), ("- a", "this is no data contract"), ("kind: Table", "c.yaml:1:1: this is no data contract"),
    ("kind: DataContract\napiVersion: v2.2.2\n", "c.yaml:2:1: `apiVersion` is v2.2.2, and v3.x is read"),
    ("kind: DataContract\n", "`apiVersion` is missing"), (HEAD, "the contract has no `schema`"),
    (f"{HEAD}schema: orders\n", "c.yaml:5:1: `schema`: expected a list"), (f"{HEAD}schema: [orders]\n", "c.yaml:5:10: `schema`: expected `key: value` pairs"),
    (f"{HEAD}schema:\n  - name: oders\n", "c.yaml:6:5: there is no table `oders`; there is `silver.orders`; or say which with --table"),
    (f"{HEAD}schema:\n  - {{name: orders, properties: [{{logicalType: date}}]}}\n", "c.yaml:6:33: a property wants a name"),
    (f"{HEAD}schema:\n  - name: orders\n    properties:\n      - name: x\n        logicalType: time\n", "c.yaml:8:9: the type of `x` is time; write one of the lake's"),
    (f"{HEAD}schema:\n  - name: orders\n    properties: [{{name: x, logicalType: date}}, {{name: X, logicalType: date}}]\n", "the column `X` is there twice"),
    (f"{HEAD}schema: [{{name: orders}}, {{name: silver.orders}}]\n", "silver.orders is there twice"),
    (f"{HEAD}schema:\n  - name: orders\n    quality: yes it is\n", "c.yaml:7:5: `quality`: expected a list"),
    (f"{HEAD}schema: [\n", "this is not YAML"),
    (f"{HEAD}schema: [{{name: orders, properties: [{{name: x, required: yes}}]}}]\n", "c.yaml:5:48: `required`: expected true or false, found `yes`"),
    (f"{HEAD}schema: [{{name: orders, properties: [{{name: x, enum: a}}]}}]\n", "`enum`: expected a list, found `a`"),
])  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        odcs_import.read(yaml_file.parse(text, "c.yaml"), {ORDERS: None})
    assert said in str(caught.value)


# ---- into the table's file ------------------------------------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return project(tmp_path / "shop", {
        "raw/orders.csv": "id,amount,note\n1,5,x\n2,-1,y\n",
        "tables/bronze/raw_orders.yml": "source: {format: csv, path: raw/orders.csv}\n",
        "tables/silver/orders.yml": """\
# Orders as sales sees them.
reads: bronze.raw_orders  # from the shop
steps:
  - {step: cast, columns: {id: int, amount: int}}  # because: they are numbers
contract:
  # agreed in May
  warn:
    positive: amount >= 0  # refunds?
    known: id < 9
fit_on: amount > 0
""",
        "contract.odcs.yaml": f"""\
{HEAD}schema:
  - name: orders
    properties:
      - name: id
        physicalType: int
        required: true
        quality: [{{metric: duplicateValues, mustBe: 0, name: once}}]
      - {{name: amount, physicalType: int}}
    quality:
      - {{name: positive, type: sql, query: "SELECT count(*) FROM {{object}} WHERE NOT (amount >= 0)", mustBe: 0, severity: warning}}
""",
    })  # fmt: skip


def test_an_import_writes_the_contract_and_leaves_the_rest_of_the_file(bench: Workbench) -> None:
    (changed,) = bench.import_contracts(bench.project.root / "contract.odcs.yaml")
    assert changed.file.read_text(encoding="utf-8") == """\
# Orders as sales sees them.
reads: bronze.raw_orders  # from the shop
steps:
  - {step: cast, columns: {id: int, amount: int}}  # because: they are numbers
contract:
  # agreed in May
  warn:
    positive: amount >= 0  # refunds?
  columns:
    id: int not null
    amount: int
  fail:
    once: unique(id)
fit_on: amount > 0
"""  # fmt: skip
    assert listed(changed.imported) == [
        ("the rule known (id < 9)", "the file does not have it, so it leaves the contract"),
        ("the column note", "the file does not have it, so it leaves the table"),
    ]
    run = bench.run()
    assert [rule.rule for table in run.tables for rule in table.rules if not rule.holds] == ["positive"]
    assert not bench.import_contracts(bench.project.root / "contract.odcs.yaml")[0].changed


def test_a_file_of_one_table_can_be_for_any_table(bench: Workbench) -> None:
    (changed,) = bench.import_contracts(bench.project.root / "contract.odcs.yaml", table="bronze.raw_orders")
    assert changed.file.name == "raw_orders.yml"
    with pytest.raises(UserError, match=r"there is no table `silver\.ordres`; did you mean `silver\.orders`"):
        bench.import_contracts(bench.project.root / "contract.odcs.yaml", table="silver.ordres")


def test_the_contract_of_a_table_in_sql_stands_in_its_comment(bench: Workbench) -> None:
    file = bench.project.root / "tables/silver/orders.sql"
    (bench.project.root / "tables/silver/orders.yml").unlink()
    file.write_text("SELECT CAST(id AS INT) AS id, CAST(amount AS INT) AS amount FROM bronze.raw_orders\n")
    bench.import_contracts(bench.project.root / "contract.odcs.yaml")
    assert file.read_text(encoding="utf-8").startswith("/*\ncontract:\n  columns:\n    id: int not null\n")
    assert bench.plan().action(ORDERS).table.contract.rules[0].written == "unique(id)"
