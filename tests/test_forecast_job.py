"""`boathouse job forecast`: files of forecasts/ become gold.pred_*, and what does not beat the naive forecast is told."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from boathouse import config
from boathouse.errors import FileError, UnknownName, UserError
from boathouse.ml.forecast import forecast_file
from boathouse.project_lake import project_lake
from boathouse.scheduled_job import JobResult, Site, job
from projects import write

FIRST = date(2024, 1, 1)
DAILY = "kind: daily\ntable: gold.sales\nday: day\nvalues: [{values}]\nhorizon: 7\n"


def sales(count: int = 120) -> pa.Table:
    random = np.random.default_rng(0)
    return pa.table({
        "day": pa.array([FIRST + timedelta(days=number) for number in range(count)], pa.date32()),
        "weekly": np.resize([10.0, 20, 30, 40, 50, 60, 90], count) + random.normal(0, 5, count),
        "price": np.where(np.arange(count) < 50, 5.0, 6.0),  # the last one is the next one
        "word": ["x"] * count,
    })  # fmt: skip


def project(root: Path, files: dict[str, str], rows: pa.Table | None = None) -> Site:
    made = config.create(root, "shop")
    write(root, files)
    site = Site(made, project_lake(made))
    site.lake.write(site.place("gold.sales"), sales() if rows is None else rows)
    return site


def run(site: Site, **options: str) -> JobResult:
    return job("forecast", options).run(site)


def test_each_file_becomes_a_table_and_the_job_tells_what_does_not_beat_the_naive_forecast(tmp_path: Path) -> None:
    site = project(tmp_path, {"forecasts/sales.yml": DAILY.format(values="weekly, price")})
    done = run(site)
    table = site.lake.read(site.place("gold.pred_sales"))
    assert (table.num_rows, done.tables) == (14, {"main.shop_gold.pred_sales": 0})
    assert set(table["day"].to_pylist()) == {FIRST + timedelta(days=120 + ahead) for ahead in range(7)}
    beaten = {row["series"]: row["beats_naive"] for row in done.rows}
    assert beaten == {row["series"]: row["beats_naive"] for row in table.to_pylist()}
    assert beaten == {"weekly": True, "price": False}
    assert done.said == "1 of 1 forecasts made; 1 of 2 do not beat the naive forecast"
    assert not done.refused


def test_it_can_be_made_as_of_an_earlier_day(tmp_path: Path) -> None:
    site = project(tmp_path, {"forecasts/sales.yml": DAILY.format(values="weekly")})
    run(site, as_of="2024-03-01")
    assert min(site.lake.read(site.place("gold.pred_sales"))["day"].to_pylist()) == date(2024, 3, 1)
    with pytest.raises(UserError, match="--as-of: `yesterday` is no day such as 2024-06-01"):
        run(site, as_of="yesterday")


def test_one_that_cannot_be_made_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    files = {
        "forecasts/sales.yml": DAILY.format(values="weekly"),
        "forecasts/words.yml": DAILY.format(values="word"),
        "forecasts/far.yml": DAILY.format(values="weekly").replace("horizon: 7", "horizon: 90"),
    }
    done = run(project(tmp_path, files))
    assert list(done.tables) == ["main.shop_gold.pred_sales"]
    assert done.refused.startswith("1 of 3 forecasts made; far: the series `weekly` has 120 days; 195 are needed")
    assert "words: `word` is string and holds no numbers" in done.refused
    assert run(project(tmp_path / "two", files), forecast="sales").refused == ""


def test_a_table_that_is_not_built_says_what_to_type(tmp_path: Path) -> None:
    site = project(tmp_path, {"forecasts/sales.yml": DAILY.format(values="weekly").replace("gold.sales", "gold.sold")})
    assert "gold.sold is not built yet; type `boathouse run gold.sold`" in run(site).refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: dayly\ntable: gold.sales\n", "forecasts/sales.yml:1:1: there is no kind of forecast `dayly`; did you mean `daily`"),
        ("kind: daily\ntable: gold.sales\n", "day"),
        ("kind: daily\ntable: gold.sales\nday: day\nhorizont: 7\n", "did you mean `horizon`"),
        ("kind: daily\ntable: gold.sales\nday: day\nhorizon: 0\n", "forecasts/sales.yml:4"),
        ("- daily\n", "there is no kind of forecast"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    site = project(tmp_path, {"forecasts/sales.yml": text})
    with pytest.raises(UserError, match=said):
        run(site)


def test_no_files_and_an_unknown_one_are_errors(tmp_path: Path) -> None:
    site = project(tmp_path, {"README.md": ""})
    with pytest.raises(UserError, match=r"shop has no forecasts/\*\.yml"):
        run(site)
    write(tmp_path, {"forecasts/sales.yml": DAILY.format(values="weekly"), "forecasts/no name.yml": "kind: daily\n"})
    with pytest.raises(UnknownName, match="did you mean `sales`"):
        run(site, forecast="sale")
    with pytest.raises(FileError, match="`no name` is no name of a table"):
        run(site)


def test_the_files_of_the_carton_caps_demo_name_tables_that_it_has() -> None:
    from boathouse.demos import carton_caps

    for file in sorted((carton_caps.PROJECT / "forecasts").glob("*.yml")):
        forecast = forecast_file.read(file, carton_caps.PROJECT)
        assert forecast.about.endswith(".")
        for said in (forecast.table, getattr(forecast, "users", forecast.table)):
            layer, _, table = said.partition(".")
            assert (carton_caps.PROJECT / "tables" / layer / f"{table}.sql").is_file(), said


@pytest.mark.slow
def test_the_carton_caps_demo_is_forecast_whole(tmp_path: Path) -> None:
    """Half a year of landing files: counts by curves of waiting beat the naive ones, and retention of five months does not."""
    import shutil

    from boathouse.demos import write_demo
    from boathouse.workbench import Workbench

    config.create(tmp_path)
    write_demo("carton_caps", tmp_path)
    for day in sorted((tmp_path / "to_come").iterdir()):
        shutil.copytree(day, tmp_path / "landing", dirs_exist_ok=True)
    workbench = Workbench(tmp_path)
    workbench.run()
    done = workbench.job("forecast")
    assert len(done.tables) == 6
    beaten = {(row["forecast"], row["series"]): row["beats_naive"] for row in done.rows}
    assert beaten["reward_liability", "all"]
    assert beaten["referral_conversion", ""]
    assert beaten["k_factor", ""]
    assert not beaten["retention", ""]  # of five months, and users who buy by chance: its own mean is as good
