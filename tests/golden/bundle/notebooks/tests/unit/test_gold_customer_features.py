"""Unit: gold.customer_features, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual


@pytest.mark.unit
def test_customer_features_of_the_sample(made_by, sample):
    made = made_by("gold.customer_features", "silver.customers", "silver.plans")

    assertDataFrameEqual(made, sample("gold.customer_features"))
