"""Point-in-time join: CPU seconds of the store, of DuckDB's bare ASOF JOIN over the same files, and of what else there is.

    python benchmarks/point_in_time.py [--entities 1000000] [--rows 5000000] [--python PYTHON_WITH_FEAST_AND_PANDAS]

Each contender has a process of its own, and what it says are the seconds of the join alone, the best of three. The store
answers in the rows' order, keeps to the rows' time to live and gives ties a rule; the bare join does none of this.
Feast's file store drops rows (https://github.com/feast-dev/feast/issues/6787), so its rows are counted, too.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

VIEWS = 3
KEYS = 4  # entity rows, and view rows, a key; a customer is asked for several times


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    """Take the CPU seconds of a call, all threads of this process counted."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    made = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, made


def make(folder: Path, entities: int, rows: int) -> None:
    """Write the rows that are asked for, and the views: once sorted as the store has them, once with a time of creation."""
    import pyarrow.parquet as pq

    from boathouse.ml.features.feast_repo import write_feast_repo
    from boathouse.ml.features.feature_view import FeatureViewConfig
    from boathouse.ml.features.local_store import LocalFeatureStore

    year = 31_536_000
    asked = f"""SELECT (hash(range) % {entities // KEYS})::BIGINT AS customer_id, range AS label,
        TIMESTAMPTZ '2024-01-01' + to_seconds((hash(range + 7) % {year})::BIGINT) AS event_timestamp FROM range({entities})"""
    duckdb.sql("SET TimeZone = 'UTC'")
    duckdb.sql(asked).write_parquet(str(folder / "entities.parquet"))
    plain, created = LocalFeatureStore(folder / "plain"), LocalFeatureStore(folder / "created")
    for number in range(VIEWS):
        view = f"""SELECT (hash(range * 3 + {number}) % {entities // KEYS})::BIGINT AS customer_id,
            TIMESTAMPTZ '2024-01-01' + to_seconds((hash(range * 5 + {number}) % {year})::BIGINT) AS feature_timestamp,
            feature_timestamp + to_hours((hash(range) % 100)::BIGINT) AS created,
            hash(range) % 1000 / 7 AS customer_spend_{number}d, range AS customer_visits_{number}d FROM range({rows})"""
        table = duckdb.sql(view).to_arrow_table()
        features = (f"customer_spend_{number + 1}d", f"customer_visits_{number + 1}d")
        table = table.rename_columns(["customer_id", "feature_timestamp", "created", *features])
        for store, column in ((plain, None), (created, "created")):
            config = FeatureViewConfig(f"view_{number}", "customer_id", features, created_timestamp_column=column)
            store.register_feature_view(config, table)
    write_feast_repo(plain, folder / "feast")
    for file in (folder / "feast/data").glob("*.parquet"):
        print(f"{file.name}: {pq.read_metadata(file).num_rows:,} rows")


def references() -> list[str]:
    names = [("spend", n) for n in range(VIEWS)] + [("visits", n) for n in range(VIEWS)]
    return [f"view_{n}:customer_{name}_{n + 1}d" for name, n in names]


def entity_table(folder: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(folder / "entities.parquet")


def ours(folder: Path, store: str = "plain") -> Callable[[], Any]:
    from boathouse.ml.features.local_store import LocalFeatureStore

    entities, opened = entity_table(folder), LocalFeatureStore(folder / store)
    return lambda: opened.get_historical_features(entities, references())


def created(folder: Path) -> Callable[[], Any]:
    return ours(folder, "created")


def bare(folder: Path) -> Callable[[], Any]:
    from deltalake import DeltaTable

    entities, connection = entity_table(folder), duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("entities", entities)
    columns = [f"v{n}.customer_{name}_{n + 1}d" for name in ("spend", "visits") for n in range(VIEWS)]
    joins = [
        f"ASOF LEFT JOIN read_parquet({DeltaTable(folder / f'plain/views/view_{n}').file_uris()}) v{n} "
        f"ON e.customer_id = v{n}.customer_id AND e.event_timestamp >= v{n}.feature_timestamp"
        for n in range(VIEWS)
    ]
    query = f"SELECT e.*, {', '.join(columns)} FROM entities e {' '.join(joins)}"
    return lambda: connection.sql(query).to_arrow_table()


def pandas(folder: Path) -> Callable[[], Any]:
    import pandas as pd

    rows = pd.read_parquet(folder / "entities.parquet")
    views = [pd.read_parquet(folder / f"feast/data/view_{number}.parquet") for number in range(VIEWS)]

    def joined() -> Any:
        found = rows.sort_values("event_timestamp")
        for view in views:
            found = pd.merge_asof(
                found,
                view.sort_values("feature_timestamp"),
                left_on="event_timestamp",
                right_on="feature_timestamp",
                by="customer_id",
            ).drop(columns="feature_timestamp")
        return found

    return joined


def feast(folder: Path) -> Callable[[], Any]:
    import warnings

    warnings.simplefilter("ignore")
    import pandas as pd
    from feast import FeatureStore

    rows, store = pd.read_parquet(folder / "entities.parquet"), FeatureStore(str(folder / "feast"))
    rows["event_timestamp"] = rows["event_timestamp"].dt.tz_convert("UTC").astype("datetime64[ns, UTC]")
    os.chdir(folder / "feast")
    return lambda: store.get_historical_features(rows, references()).to_df()


def contend(folder: Path, name: str) -> None:
    """Run a contender twice and print its best seconds, its rows, and what they add up to."""
    work = globals()[name](folder)
    spent, found = min((seconds_of(work) for _ in range(3)), key=lambda each: each[0])
    columns = [found[name.rpartition(":")[2]] for name in references() if "visits" in name]
    totals = [each.sum() if hasattr(each, "sum") else sum(filter(None, each.to_pylist())) for each in columns]
    print(spent, len(found), sum(int(total) * (at + 1) for at, total in enumerate(totals)))


def asked(python: str | Path, folder: Path, name: str) -> tuple[float, int, int]:
    done = subprocess.run([python, __file__, "--contend", name, folder], check=True, capture_output=True, text=True)
    seconds, rows, total = done.stdout.split()[-3:]
    return float(seconds), int(rows), int(total)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entities", type=int, default=1_000_000)
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--python", default="")
    options.add_argument("--contend", nargs=2)
    given = options.parse_args()
    if given.contend:
        contend(Path(given.contend[1]), given.contend[0])
        return
    contenders = [("bare", sys.executable), ("ours", sys.executable), ("created", sys.executable)]
    if given.python:
        contenders += [("pandas", given.python), ("feast", given.python)]
    with TemporaryDirectory() as folder:
        make(Path(folder), given.entities, given.rows)
        if given.python:
            feast_program = Path(given.python).with_name("feast")
            subprocess.run([feast_program, "apply"], cwd=Path(folder) / "feast", check=True, capture_output=True)
        found = {name: asked(python, Path(folder), name) for name, python in contenders}
    print(f"{given.entities:,} rows x {VIEWS} views of {given.rows:,} rows")
    for name, (seconds, rows, total) in found.items():
        same = "the same values" if (rows, total) == found["bare"][1:] else f"{rows:,} rows, other values"
        same = f"{rows:,} rows, what was created later not seen" if name == "created" else same
        print(f"{name:8} {seconds:7.2f} CPU s  {seconds / found['bare'][0]:5.2f} x bare  {same}")


if __name__ == "__main__":
    main()
