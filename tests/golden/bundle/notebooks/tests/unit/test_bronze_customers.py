"""Unit: bronze.customers, on the sample."""

import csv

import pytest
from pyspark.testing import assertDataFrameEqual

from sample import rows_of


@pytest.mark.unit
def test_customers_reads_what_the_file_holds(made_by, sample, tmp_path):
    path = tmp_path / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=",", lineterminator="\n")
        header = ["customer_id", "plan", "age", "monthly_charges", "signed_up", "note"]
        writer.writerow(header)
        writer.writerows(rows_of("bronze.customers"))

    assertDataFrameEqual(made_by("bronze.customers", source_path=str(path)), sample("bronze.customers"))
