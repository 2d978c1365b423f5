"""Contract: the columns that the notebook `test` holds tables against are those that the sample's tables have."""

import ast

import pytest

from notebook import FOLDER
from sample import TABLES, columns_of

TREE = ast.parse((FOLDER / "test.py").read_text(encoding="utf-8"))
PROMISED = next(
    ast.literal_eval(node.value)
    for node in TREE.body
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "PROMISED"
)


@pytest.mark.contract
@pytest.mark.parametrize("table", TABLES)
def test_the_sample_has_the_columns_that_are_promised(table):
    assert columns_of(table) == PROMISED[table]


@pytest.mark.contract
def test_every_promised_table_has_a_file():
    files = {table: FOLDER / f"{table.replace('.', '_')}.py" for table in PROMISED}
    assert [table for table, file in files.items() if not file.exists()] == []
