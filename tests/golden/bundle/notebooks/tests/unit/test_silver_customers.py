"""Unit: silver.customers, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual


@pytest.mark.unit
def test_customers_of_the_sample(made_by, sample):
    made = made_by("silver.customers", "bronze.customers")

    assertDataFrameEqual(made, sample("silver.customers"))
