"""A million scored rows by three attributes and their intersection, beside one bare query and Fairlearn: CPU seconds."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from boathouse.ml.fairness.analyzer import FairnessAnalyzer

ROWS, ROUNDS = 1_000_000, 3
BARE = """
    SELECT gender, region, plan, count(*), count(*) FILTER (flagged), count(*) FILTER (flagged AND fraud),
        count(*) FILTER (fraud), quantile_cont(score, [0.5, 0.95, 0.99])
    FROM people GROUP BY GROUPING SETS ((), (gender), (region), (plan), (gender, region))
"""


def people() -> pa.Table:
    random = np.random.default_rng(1)
    texts = {"gender": 2, "region": 5, "plan": 8}
    columns: dict[str, Any] = {
        name: pa.array([f"{name} {at}" for at in range(n)]).take(pa.array(random.integers(0, n, ROWS)))
        for name, n in texts.items()
    }
    score = random.random(ROWS)
    return pa.table({**columns, "score": score, "fraud": random.random(ROWS) < 0.02, "flagged": score > 0.95})  # noqa: PLR2004


def seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def main() -> None:
    rows = people()
    attributes = ["gender", "region", "plan", ("gender", "region")]

    def bare() -> None:
        session = duckdb.connect()
        session.register("people", rows)
        session.execute(BARE).fetchall()

    def analyzer(labels: Any) -> None:
        FairnessAnalyzer(rows, rows.column("score"), attributes, labels=labels).analyze_all_attributes()

    works: dict[str, Callable[[], object]] = {
        "one query": bare,
        "FairnessAnalyzer": lambda: analyzer(None),
        "with labels, calibration": lambda: analyzer(np.asarray(rows.column("fraud"))),
    }
    found = {name: min(seconds(work) for _ in range(ROUNDS)) for name, work in works.items()}
    found |= {name: seconds(work) for name, work in fairlearn(rows, attributes).items()}  # once: it takes a minute
    print(f"{'1M rows, 25 groups':28}{'CPU s':>8}{'factor':>10}")
    for name, spent in found.items():
        print(f"{name:28}{spent:8.2f}{spent / found['one query']:8.2f} x")


def fairlearn(rows: pa.Table, attributes: list[Any]) -> dict[str, Callable[[], object]]:
    """Give what Fairlearn takes for the same rates of the same groups, where it is installed."""
    try:
        from fairlearn import metrics
    except ImportError:
        return {}
    frame = rows.to_pandas()
    names = ("count", "selection_rate", "true_positive_rate", "false_positive_rate")

    def work() -> None:
        for attribute in attributes:
            columns = frame[list(attribute) if isinstance(attribute, tuple) else [attribute]]
            made = metrics.MetricFrame(
                metrics={name: getattr(metrics, name) for name in names},
                y_true=frame["fraud"], y_pred=frame["flagged"], sensitive_features=columns,
            )  # fmt: skip
            _ = made.by_group

    return {"Fairlearn's MetricFrame": work}


if __name__ == "__main__":
    main()
