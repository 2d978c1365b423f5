"""Unit: gold.spend, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual

from churn.transformations.gold.spend import spend


@pytest.mark.unit
def test_spend_of_the_sample(sample):
    made = spend(sample("silver.customers"), sample("silver.plans"))

    assertDataFrameEqual(made, sample("gold.spend"))
