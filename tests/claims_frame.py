"""Claims for the tests of fraud scores: columns that follow from each other, and a few rows that do not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

CATEGORIES = ["claim_type", "region"]
NUMBERS = ["amount", "days"]
ODD = [3, 500, 900]  # an amount and days that are usual each, and do not belong together


def claims(rows: int = 1_000, seed: int = 0) -> pa.Table:
    random = np.random.default_rng(seed)
    kinds = random.integers(0, 3, rows)
    days = 1 + random.poisson(2 + 2 * kinds)
    amount = days * random.normal(100, 8, rows)
    odd = [row for row in ODD if row < rows]
    kinds[odd], days[odd], amount[odd] = 1, 2, 800.0
    return pa.table({
        "claim_type": np.array(["office", "outpatient", "inpatient"])[kinds],
        "region": random.choice(["north", "south", "east"], rows),
        "amount": amount,
        "days": days,
        "claim_id": np.arange(rows),
    })  # fmt: skip
