"""Unit: silver.customers, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual

from churn.transformations.silver.customers import customers, customers_with_quarantine


@pytest.mark.unit
def test_customers_of_the_sample(sample):
    made = customers(sample("bronze.customers"))

    assertDataFrameEqual(made, sample("silver.customers"))


@pytest.mark.unit
def test_customers_say_why_a_row_is_set_apart(sample):
    _, quarantine = customers_with_quarantine(sample("bronze.customers"), run_id="test")

    for row in quarantine.collect():
        assert row["_rules"]
        assert row["_run_id"] == "test"
