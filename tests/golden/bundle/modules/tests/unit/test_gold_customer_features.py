"""Unit: gold.customer_features, on the sample."""

import pytest
from pyspark.testing import assertDataFrameEqual

from churn.transformations.gold.customer_features import customer_features


@pytest.mark.unit
def test_customer_features_of_the_sample(sample):
    made = customer_features(sample("silver.customers"), sample("silver.plans"))

    assertDataFrameEqual(made, sample("gold.customer_features"))
