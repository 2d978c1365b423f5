"""Fraud at size: one million claims fitted and scored beside IsolationForest, and beside one default CatBoost model a column.

    python benchmarks/fraud_speed.py [rows] [rows for CatBoost]

CatBoost's own time is measured for one column on few rows and scaled up, and the table says so. Everything runs on one thread.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
from sklearn.ensemble import IsolationForest

from boathouse.models.claims_tree_autoencoder import ClaimsTreeAutoencoder

LEVELS = {
    "claim_type": 5, "provider_specialty": 12, "diagnosis_code": 60, "procedure_code": 40, "patient_gender": 3,
    "geographic_region": 8,
}  # fmt: skip
NUMBERS = [
    "claim_amount", "patient_age", "provider_experience_years", "days_since_last_claim", "num_previous_claims",
    "average_claim_amount", "claim_duration_days",
]  # fmt: skip

MISSING = 0.05


def claims(rows: int, seed: int = 0) -> pa.Table:
    """Make claims of thirteen columns, of which some follow from others, with one value in twenty missing."""
    random = np.random.default_rng(seed)
    codes = {name: np.minimum(random.geometric(1.5 / count, rows), count) - 1 for name, count in LEVELS.items()}
    codes["procedure_code"] = (codes["diagnosis_code"] * 2 + random.integers(0, 3, rows)) % LEVELS["procedure_code"]
    average = random.gamma(2.0, 400.0, rows) * (1 + codes["claim_type"])
    previous = random.poisson(3, rows)
    numbers = [
        average * random.lognormal(0, 0.4, rows), np.round(random.uniform(18, 90, rows)), random.gamma(3.0, 4.0, rows),
        random.exponential(400 / (1 + previous)), previous, average, 1 + random.poisson(2 + codes["claim_type"]),
    ]  # fmt: skip
    columns = {
        name: pa.array(values, mask=random.random(rows) < MISSING)
        for name, values in zip(NUMBERS, numbers, strict=True)
    }
    names = {name: np.char.add(f"{name[:4]}_", codes[name].astype(str)) for name in LEVELS}
    texts = {name: pa.array(values, mask=random.random(rows) < MISSING) for name, values in names.items()}
    return pa.table({**columns, **texts})


def isolation_forest(table: pa.Table) -> None:
    """Fit and score 100 trees on the categories' codes, with missing values as they are."""
    numbers = [table[name].cast(pa.float64()).to_numpy() for name in NUMBERS]
    codes = [
        table[name].combine_chunks().dictionary_encode().indices.cast(pa.float64()).to_numpy(False) for name in LEVELS
    ]
    matrix = np.column_stack([*numbers, *codes])
    IsolationForest(n_estimators=100, random_state=0, n_jobs=1).fit(matrix).score_samples(matrix)


def ours(table: pa.Table) -> None:
    model = ClaimsTreeAutoencoder()
    model.fit(table, list(LEVELS), NUMBERS)
    model.score(table)


def catboost_one_column(table: pa.Table) -> None:
    """Train one default CatBoost model on the other columns, and predict the rows: a thirteenth of what the seed's loop does."""
    from catboost import CatBoostRegressor

    frame = table.to_pandas()
    frame[NUMBERS] = frame[NUMBERS].fillna(frame[NUMBERS].median())
    frame[list(LEVELS)] = frame[list(LEVELS)].fillna("missing")
    others = frame.drop(columns=NUMBERS[0])
    model = CatBoostRegressor(verbose=False, allow_writing_files=False, thread_count=1, cat_features=list(LEVELS))
    model.fit(others, frame[NUMBERS[0]]).predict(others)


def cpu_seconds(work: Callable[[pa.Table], None], table: pa.Table) -> float:
    before = time.process_time()
    work(table)
    return time.process_time() - before


def main(rows: int = 1_000_000, few: int = 0) -> None:
    table = claims(rows)
    forest, here = cpu_seconds(isolation_forest, table), cpu_seconds(ours, table)
    print(f"{rows:,} rows x {table.num_columns} columns, CPU seconds to fit and score")
    print(f"IsolationForest(100 trees)   {forest:8.1f}")
    print(f"ClaimsTreeAutoencoder()      {here:8.1f}   {here / forest:.1f} x IsolationForest")
    if few:
        seconds = cpu_seconds(catboost_one_column, table.slice(0, few))
        whole = seconds * rows / few * table.num_columns
        print(f"CatBoost, one a column       {whole:8.0f}   {whole / here:.0f} x ours")
        print(f"  scaled up from {seconds:.1f} s for one number on {few:,} rows; a category takes longer")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
