"""Integration: all notebooks in the order of the job, from raw tables to what is published."""

from pathlib import Path

import pytest
import yaml
from pyspark.testing import assertDataFrameEqual

from conftest import PARAMETERS, place
from notebook import run_notebook
from sample import TABLES, frame_of, refused_by

pytestmark = [pytest.mark.integration, pytest.mark.slow]
KEY = "churn_pipeline"
JOB = Path(__file__).parents[2] / "resources" / f"{KEY}.job.yml"
TASKS = yaml.safe_load(JOB.read_text(encoding="utf-8"))["resources"]["jobs"][KEY]["tasks"]
ORDER = [task["task_key"] for task in TASKS]
FLAT = {table.replace(".", "_"): table for table in TABLES}
DERIVED = [FLAT[task] for task in ORDER if task in FLAT and not FLAT[task].startswith("bronze.")]


@pytest.fixture(scope="module")
def built(spark):
    """Make the raw tables of the sample, and run every other table's notebook once."""
    run_notebook(spark, "setup", PARAMETERS)
    for table in [table for table in TABLES if table.startswith("bronze.")] + DERIVED:
        if table in DERIVED and not refused_by(table):
            run_notebook(spark, table.replace(".", "_"), PARAMETERS)
        else:
            frame = frame_of(spark, table)
            frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(place(table))


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("table", DERIVED)
def test_a_table_holds_what_the_local_engine_made(table, spark, sample):
    assertDataFrameEqual(spark.table(place(table)), sample(table))


@pytest.mark.usefixtures("built")
def test_what_is_tested_and_published_is_told(job, capsys):
    for notebook in ORDER[-3:]:
        job(notebook)

    told = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert set(TABLES) <= set(told)
