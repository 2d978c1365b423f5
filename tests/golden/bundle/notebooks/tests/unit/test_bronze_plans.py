"""Unit: bronze.plans, on the sample."""

import csv

import pytest
from pyspark.testing import assertDataFrameEqual

from sample import rows_of


@pytest.mark.unit
def test_plans_reads_what_the_file_holds(made_by, sample, tmp_path):
    path = tmp_path / "plans.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=",", lineterminator="\n")
        header = ["plan", "seats"]
        writer.writerow(header)
        writer.writerows(rows_of("bronze.plans"))

    assertDataFrameEqual(made_by("bronze.plans", source_path=str(path)), sample("bronze.plans"))
