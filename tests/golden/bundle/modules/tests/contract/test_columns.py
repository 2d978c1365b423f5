"""Contract: each transformation gives exactly the columns that its table promises."""

import pytest

from churn import tables
from churn.main import module_of, transform

from sample import TABLES, columns_of

DERIVED = [table for table in TABLES if table not in tables.SOURCES]


@pytest.mark.contract
@pytest.mark.parametrize("table", DERIVED)
def test_a_transformation_gives_the_columns_that_are_promised(table, sample, spark):
    module = module_of(table)
    given = [sample(name) for name in module.READS] or [spark]

    df, _ = transform(module, tables.TABLES[table], given, run_id="test")

    assert df.dtypes == list(module.COLUMNS.items())


@pytest.mark.contract
@pytest.mark.parametrize("table", TABLES)
def test_the_sample_has_the_columns_that_are_promised(table):
    assert columns_of(table) == module_of(table).COLUMNS


@pytest.mark.contract
def test_every_table_comes_after_those_that_it_reads():
    order = list(tables.TABLES)
    late = [(name, read) for name in order for read in module_of(name).READS if order.index(read) > order.index(name)]
    assert late == []
