"""A small project of insurance claims with a model, for the tests of its jobs: 3 % of the claims cost ten times as much."""

from __future__ import annotations

from pathlib import Path
from random import Random

from boathouse.ml.tracking.store import store_of
from boathouse.workbench import Workbench
from projects import project
from tracked import prepared

COLUMNS = "claim_id,claim_amount,claim_duration_days,claim_type,patient_gender,is_fraud"
MODEL = """\
about: Claims that look unlike the others.
kind: claims_tree_autoencoder
table: gold.features
key: [claim_id]
categorical: [claim_type]
numerical: [claim_amount, claim_duration_days]
protected: [patient_gender]
label: is_fraud
model_types: [lightgbm]
"""
FEATURES = """\
reads: bronze.claims
steps:
  - {step: cast, columns: {claim_amount: double, claim_duration_days: int, is_fraud: boolean}}
"""


def claims(rows: int, *, seed: int = 1, times: float = 1.0, against: str = "") -> str:
    """Write claims as CSV: all amounts so many times as high, and those of one gender ten times as often fraud."""
    random, lines = Random(seed), [COLUMNS]
    for at in range(rows):
        gender, kind = random.choice("FM"), random.choice(["inpatient", "outpatient", "pharmacy"])
        fraud = random.random() < (0.3 if gender == against else 0.03)
        days = {"inpatient": 9, "outpatient": 2, "pharmacy": 1}[kind] + random.randrange(3)
        amount = days * random.uniform(180, 220) * (10 if fraud else 1) * times
        known = str(fraud).lower() if at % 2 else ""  # nobody has looked at every second one
        lines.append(f"c{at},{amount:.2f},{days},{kind},{gender},{known}")
    return "\n".join(lines) + "\n"


def make(folder: Path, text: str = "") -> Workbench:
    """Make the project `claims`."""
    files = {
        "raw/claims.csv": text or claims(600),
        "tables/bronze/claims.yml": "source: {format: csv, path: raw/claims.csv}\n",
        "tables/gold/features.yml": FEATURES,
        "models/claims_fraud.yml": MODEL,
    }
    bench = project(folder / "claims", files)
    prepared(store_of(bench.project))  # MLflow makes its tables once for all tests: it takes 2 s
    return bench
