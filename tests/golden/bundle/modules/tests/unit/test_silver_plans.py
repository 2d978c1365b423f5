"""Unit: silver.plans, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual

from churn.transformations.silver.plans import plans


@pytest.mark.unit
def test_plans_of_the_sample(sample):
    made = plans(sample("bronze.plans"))

    assertDataFrameEqual(made, sample("silver.plans"))
