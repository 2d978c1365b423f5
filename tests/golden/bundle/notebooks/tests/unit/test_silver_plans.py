"""Unit: silver.plans, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual


@pytest.mark.unit
def test_plans_of_the_sample(made_by, sample):
    made = made_by("silver.plans", "bronze.plans")

    assertDataFrameEqual(made, sample("silver.plans"))
