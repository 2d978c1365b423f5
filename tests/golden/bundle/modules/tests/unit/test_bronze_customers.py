"""Unit: bronze.customers, on the sample."""

import csv

import pytest
from pyspark.testing import assertDataFrameEqual

from churn.transformations.bronze.customers import customers

from sample import rows_of


@pytest.mark.unit
def test_customers_reads_what_the_file_holds(spark, sample, tmp_path):
    path = tmp_path / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=",", lineterminator="\n")
        header = ["customer_id", "plan", "age", "monthly_charges", "signed_up", "note"]
        writer.writerow(header)
        writer.writerows(rows_of("bronze.customers"))

    assertDataFrameEqual(customers(spark, str(path)), sample("bronze.customers"))
