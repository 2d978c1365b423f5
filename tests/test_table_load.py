"""Table files: what is written is what is loaded, and what is wrong is shown where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from boathouse import config, table_load
from boathouse.errors import FileError, UserError
from boathouse.names import TableName
from boathouse.pipeline import Table
from boathouse.schema import Schema


@pytest.fixture
def project(tmp_path: Path) -> config.Project:
    return config.create(tmp_path / "churn")


def write(project: config.Project, path: str, text: str) -> Table:
    file = project.root / "tables" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return table_load.load(project).table(TableName.parse(path.rsplit(".", 1)[0].replace("/", ".")))


def test_a_yml_table(project: config.Project) -> None:
    table = write(project, "silver/customers.yml", """\
about: One clean row per customer
reads: bronze.customers
steps:
  - {step: cap_outliers, column: fee}  # because: outliers.fee 3.1 % (R-014)
contract:
  key: [customer_id]
  columns: {customer_id: bigint not null, fee: "decimal(10, 2)"}
""")  # fmt: skip

    assert table.about == "One clean row per customer"
    assert str(table.reads) == "bronze.customers"
    assert table.steps[0].step == "cap_outliers"
    assert table.steps[0].because == "outliers.fee 3.1 % (R-014)"
    assert table.contract.key == ("customer_id",)
    assert table.contract.columns is not None
    assert table.contract.columns.types == {"customer_id": "bigint", "fee": "decimal(10,2)"}
    assert [column.nullable for column in table.contract.columns] == [False, True]


def test_a_sql_table_has_its_header_in_a_comment(project: config.Project) -> None:
    table = write(project, "gold/spend.sql", "/*\nabout: Spend\n*/\n-- why\nSELECT a, b\nFROM silver.orders;\n")

    assert table.about == "Spend"
    assert table.sql == "-- why\nSELECT a, b\nFROM silver.orders"
    assert str(table.place("sql")) == "tables/gold/spend.sql:4:1"


def test_a_bronze_table_has_a_source(project: config.Project) -> None:
    table = write(
        project, "bronze/customers.yml", "source: {format: csv, path: raw/customers.csv}\ncolumns: {id: string}\n"
    )

    assert table.source is not None
    assert table.source.format == "csv"
    assert table.columns == Schema.of(id="string")


@pytest.mark.parametrize(
    ("text", "says", "where", "hint"),
    [
        ("reads: bronze.a\nstepz: []\n", "unknown key `stepz`", "2:1", "did you mean `steps`?"),
        ("reads: bronze.a\nsteps:\n  - {step: cap_outlier, column: fee}\n", "there is no step `cap_outlier`", "3:6", "did you mean `cap_outliers`?"),
        ("reads: bronze.a\nsteps:\n  - step: cap_outliers\n    colum: fee\n", "unknown key `colum`", "4:5", "did you mean `column`?"),
        ("reads: bronze.a\nsteps:\n  - step: cap_outliers\n    column: fee\n    kk: 2\n", "unknown key `kk`", "5:5", "did you mean `k`?"),
        ("reads: bronze.a\nsteps:\n  - step: cap_outliers\n    column: fee\n    k: lots\n", "`k`: Input should be a valid number", "5:5", ""),
        ("reads: bronze\n", "`bronze` is no table name", "1:1", "write layer.table"),
        ("reads: bronze.a\nsource: {format: csv, path: a.csv}\n", "a table wants either `reads` or `source`", "1:1", ""),
        ("reads: bronze.a\nreads: bronze.b\n", "the key `reads` is there twice", "2:1", ""),
        ("reads: [bronze.a\n", "this is not YAML", "2:1", ""),
        ("- a list\n", "expected `key: value` lines, found a list", "1:1", ""),
        ("reads: bronze.a\ncontract: {columns: {a: integr}}\n", "`integr` is no type", "2:", "use one of"),
        ("reads: bronze.a\ncontract: {columns: {a: int, A: int}}\n", "the column `A` is there twice", "2:", "names are compared without case"),
        ("reads: bronze.a\nsteps: cap\n", "`steps`: expected a list", "2:1", ""),
        ("reads: !!python/object:os.system x\n", "this is not YAML", "1:8", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_where_it_stands(
    project: config.Project, text: str, says: str, where: str, hint: str
) -> None:
    with pytest.raises(UserError) as caught:
        write(project, "silver/a.yml", text)

    assert caught.value.message.startswith(says)
    assert str(caught.value.place).startswith(f"tables/silver/a.yml:{where}")
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_folder_that_is_no_layer(project: config.Project) -> None:
    file = project.root / "tables/silber/a.yml"
    file.parent.mkdir(parents=True)
    file.write_text("reads: bronze.a\n")

    with pytest.raises(FileError, match="`silber` is no layer"):
        table_load.load(project)


def test_the_same_table_twice(project: config.Project) -> None:
    write(project, "gold/a.yml", "reads: silver.a\n")

    with pytest.raises(FileError, match=r"gold\.a is there twice"):
        write(project, "gold/a.sql", "SELECT 1 AS one")
