"""Fraud scores: ROC AUC and average precision on labelled sets, beside PyOD's detectors and the formula of the seed.

    python benchmarks/fraud.py [--seeds 3] [--only thyroid]

It needs PyOD and XGBoost, and the data beside the repository in ../shared/data; a set that is not there is left out and
named. Labels are only looked at to measure. Every method has one setting for all sets; means over the seeds.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from fraud_seed import seed_scores
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

from boathouse import config
from boathouse.demos import DEMOS, write_demo
from boathouse.ml.fraud.encoding import Encoding, learn_encoding, split_columns
from boathouse.models.claims_tree_autoencoder import ClaimsTreeAutoencoder
from boathouse.workbench import Workbench

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
Set = tuple[pa.Table, np.ndarray]
VEHICLE_IDS = ["PolicyNumber"]
AUTO_IDS = ["_c39", "policy_number", "policy_bind_date", "incident_date", "incident_location"]
FEWEST_NUMBERS = 8  # distinct values, below which a number of a claims file is a code


def sets() -> Iterator[tuple[str, Set]]:
    """Read each set that is there: its columns, and 1 for each row that is an anomaly."""
    for file in sorted((DATA / "adbench").glob("*.npz")):
        with np.load(file, allow_pickle=True) as found:
            columns = {f"x{index}": values.astype(float) for index, values in enumerate(found["X"].T)}
            yield file.stem.partition("_")[2], (pa.table(columns), found["y"])
    for name, path, label, unused in (
        ("vehicle_fraud", "vehicle_fraud/fraud_oracle.csv", ("FraudFound_P", "1"), VEHICLE_IDS),
        ("insurance_auto", "insurance_auto/insurance_claims.csv", ("fraud_reported", "Y"), AUTO_IDS),
    ):
        if (DATA / path).exists():
            yield name, _claims_file(DATA / path, label, unused)
    if "claims" in DEMOS.names():
        yield "claims (generated)", _generated_claims()


def _claims_file(file: Path, label: tuple[str, str], unused: list[str]) -> Set:
    options = pa_csv.ConvertOptions(null_values=["", "?"], strings_can_be_null=True)
    table = pa_csv.read_csv(file, convert_options=options)
    names = table.column_names
    table = table.rename_columns([f"{name}_{n}" if name in names[:n] else name for n, name in enumerate(names)])
    is_fraud = pc.equal(table[label[0]].cast(pa.string()), label[1]).to_numpy()
    table = table.drop_columns([label[0], *(name for name in unused if name in table.column_names)])
    for index, field in enumerate(table.schema):
        if pa.types.is_integer(field.type) and pc.count_distinct(table[field.name]).as_py() <= FEWEST_NUMBERS:
            table = table.set_column(index, field.name, table[field.name].cast(pa.string()))
    return table, is_fraud.astype(int)


def _generated_claims() -> Set:
    with tempfile.TemporaryDirectory(prefix="boathouse-") as folder:
        root = Path(folder) / "claims"
        config.create(root, "claims")
        write_demo("claims", root)
        workbench = Workbench(root)
        workbench.run()
        rows = workbench.query("SELECT * FROM gold.features")
        with (root / "fraud.csv").open(encoding="utf-8") as file:
            cheated = {row["claim_id"] for row in csv.DictReader(file)}
    table = pa.Table.from_pylist(rows)
    return table.drop_columns(["claim_id", "service_at"]), np.array([row["claim_id"] in cheated for row in rows], int)


def matrix(table: pa.Table) -> np.ndarray:
    """Give numbers with the median where they are missing, and categories as codes: what PyOD's detectors read."""
    encoding: Encoding = learn_encoding(table, *split_columns(table))
    found = encoding.matrix(table)
    for index, levels in enumerate(encoding.level_counts()):
        known = found[~np.isnan(found[:, index]), index]
        nothing = levels if levels or not len(known) else np.median(known)
        found[:, index] = np.nan_to_num(found[:, index], nan=nothing)
    return found[:, found.std(axis=0) > 0]


def ours(table: pa.Table, seed: int) -> np.ndarray:
    scores, _ = ClaimsTreeAutoencoder(random_state=seed).fit(table)
    return scores


def isolation_forest(table: pa.Table, seed: int) -> np.ndarray:
    rows = matrix(table)
    return np.asarray(-IsolationForest(n_estimators=100, random_state=seed).fit(rows).score_samples(rows))


def detector(name: str) -> Callable[[pa.Table, int], np.ndarray]:
    def scores(table: pa.Table, seed: int) -> np.ndarray:  # noqa: ARG001 - these have no chance in them
        from pyod.models.ecod import ECOD
        from pyod.models.hbos import HBOS
        from pyod.models.knn import KNN

        rows = matrix(table)
        if name == "kNN":
            rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
        return np.asarray({"ECOD": ECOD, "HBOS": HBOS, "kNN": KNN}[name]().fit(rows).decision_scores_)

    return scores


METHODS: dict[str, Callable[[pa.Table, int], np.ndarray]] = {
    "ours": ours,
    "IsolationForest": isolation_forest,
    "ECOD": detector("ECOD"),
    "HBOS": detector("HBOS"),
    "kNN": detector("kNN"),
    "seed": seed_scores,
}
BY_CHANCE = ("ours", "IsolationForest")


def measured(name: str, rows: Set, seeds: int) -> tuple[float, float, float]:
    """Give the mean ROC AUC, the mean average precision, and the CPU seconds of one seed."""
    table, labels = rows
    found, before = [], time.process_time()
    tries = seeds if name in BY_CHANCE else 1
    for seed in range(tries):
        scores = METHODS[name](table, seed)
        found.append((roc_auc_score(labels, scores), average_precision_score(labels, scores)))
    auc, precision = np.mean(found, axis=0)
    return float(auc), float(precision), (time.process_time() - before) / tries


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="a part of a set's name")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="pyod")
    print(f"{'ROC AUC / average precision / CPU s':34}", *(f"{name:>20}" for name in METHODS))
    results = []
    for name, rows in sets():
        if arguments.only.lower() not in name.lower():
            continue
        found = [measured(method, rows, arguments.seeds) for method in METHODS]
        results.append(found)
        shown = f"{name} {rows[0].num_rows}x{rows[0].num_columns} {rows[1].mean():.1%}"
        print(f"{shown:34}", *(f"{auc:8.3f} {ap:.3f} {cpu:5.1f}" for auc, ap, cpu in found), flush=True)
    if not results:
        raise SystemExit(f"no set of that name in {DATA}")
    print(f"{'mean':34}", *(f"{auc:8.3f} {ap:.3f} {cpu:5.1f}" for auc, ap, cpu in np.mean(results, axis=0)))


if __name__ == "__main__":
    main()
