"""Unit: gold.spend, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual


@pytest.mark.unit
def test_spend_of_the_sample(made_by, sample):
    made = made_by("gold.spend", "silver.customers", "silver.plans")

    assertDataFrameEqual(made, sample("gold.spend"))
