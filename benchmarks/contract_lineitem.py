"""Twenty checks of a contract on lineitem against one query by hand, and against two other tools: CPU seconds, the best of three.

The checks are asked as a run asks them, of the Delta table that the table reads; each side starts a session of its own.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from lineitem import BY_HAND, lineitem_project
from measure import cpu_seconds

from boathouse.action import Action
from boathouse.chain import Chain
from boathouse.contract_check import held
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.names import TableName
from boathouse.pipeline import Contract
from boathouse.query import open_table
from boathouse.relation import Before
from boathouse.run import LocalLake
from boathouse.workbench import Workbench

ROUNDS = 3
SCALE = 1  # 6M rows
PROMISED = 1.3
PEERS = {"pandera": "pandera (polars)", "great_expectations": "Great Expectations"}
# An environment of their own, for what they want of pandas; `make bench` makes it.
PEERS_PYTHON = Path(__file__).parents[1] / ".venv-peers/bin/python"
BRONZE = TableName("bronze", "lineitem")


def by_hand(bench: Workbench) -> list[int]:
    session = duckdb.connect()
    session.execute(f"CREATE VIEW lineitem AS {delta.scan(bench.project.lake(BRONZE))}")
    return list(session.execute(BY_HAND).fetchall()[0])


def by_contract(bench: Workbench, action: Action) -> list[int]:
    engine = DuckDB(delta_scan=delta.scan)
    open_table(engine, bench.project, BRONZE)
    chain = Chain(engine, f"SELECT * FROM {BRONZE}")
    return [result.found for result in held(chain, action, Before(), is_kept=True)]


def build(bench: Workbench, action: Action) -> None:
    LocalLake(bench.project, DuckDB(delta_scan=delta.scan)).build(action, "benchmark")


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """Time this process, all its threads together."""
    seconds = []
    for _ in range(ROUNDS):
        before = time.process_time()
        answer = work()
        seconds.append(time.process_time() - before)
    return min(seconds), answer


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(lineitem_project(Path(folder), SCALE))
        bench.run([str(BRONZE)])
        action = bench.plan().actions[-1]
        bare = replace(action, table=replace(action.table, contract=Contract()))
        hand, expected = best(partial(by_hand, bench))
        ours, found = best(partial(by_contract, bench, action))
        builds = [best(partial(build, bench, each))[0] for each in (bare, action)]
        file, peers = bench.project.source("raw/lineitem.parquet"), {}
        for tool in PEERS if PEERS_PYTHON.exists() else ():
            peers[tool] = cpu_seconds([Path(__file__).with_name("contract_peers.py"), tool, file], PEERS_PYTHON)
    print(f"{f'{len(found)} checks, {expected[-1]:,} rows':32}{'CPU s':>8}{'ratio':>8}{'promised':>12}")
    print(f"{'one query by hand':32}{hand:8.2f}{1:8.2f}")
    print(f"{'boathouse':32}{ours:8.2f}{ours / hand:8.2f}{f'<= {PROMISED}':>12}")
    for tool, seconds in peers.items():
        print(f"{PEERS[tool]:32}{seconds:8.2f}{seconds / hand:8.2f}")
    print(f"the table built without them    {builds[0]:8.2f}\nthe table built with them       {builds[1]:8.2f}")
    print("the answers are equal" if found == expected else f"the answers differ: {found}, {expected}")


if __name__ == "__main__":
    main()
