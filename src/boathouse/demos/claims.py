"""What a health insurer is billed, in Synthea's tables: 18 months of claims, faults, fraud of seven kinds, and who found it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from boathouse.demos import DemoSummary
from boathouse.demos._claims import fraud, people, synthea
from boathouse.demos._claims.faults import spoil_tables
from boathouse.demos._claims.investigations import investigations
from boathouse.demos._claims.landing import LANDING, write_landing
from boathouse.demos._claims.scale import Scale
from boathouse.demos._claims.visits import Visits
from boathouse.demos._ledger import Planted, Row, write_ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

SEED = 42
PROJECT = Path(__file__).parent / "claims_project"  # the tables written by hand, laid out as in a project
FAULTS, FRAUD = "faults.yml", "fraud.csv"
ABOUT = """\
# What is wrong in landing/, planted on purpose: in which source, of which kind, and where; fraud.csv has the fraud.
# keys: the values of the column `key` that name what is wrong; column: the column that is wrong, if it is one.
# No row has two faults.
"""


def write(root: Path, scale: Scale | None = None, seed: int = SEED) -> DemoSummary:
    """Write the files that have landed, what is wrong in them, which claims are fraud, and the tables."""
    tables, faults, cheated = generate(scale or Scale(), Random(seed))  # noqa: S311 - data for a demo, not a secret
    for name, rows in tables.items():
        write_landing(root, name, rows)
    write_ledger(root / FAULTS, ABOUT, faults)
    _write_fraud(root / FRAUD, cheated)
    shutil.copytree(PROJECT, root, copy_function=shutil.copyfile, dirs_exist_ok=True)
    files: dict[str, int | None] = {f"{LANDING}/{name}": len(rows) for name, rows in tables.items()}
    whole = dict.fromkeys(sorted(path.name for path in PROJECT.iterdir()))
    return DemoSummary(
        "Which claims are fraud? 18 months of what a health insurer is billed, in Synthea's tables.",
        {**files, FAULTS: None, FRAUD: len(cheated), **whole},
        next=("boathouse run && boathouse release",),
    )


def generate(scale: Scale, random: Random) -> tuple[dict[str, list[Row]], list[Planted], dict[str, str]]:
    """Make the rows of all tables, the ledger of their faults, and the kind of each claim that is fraud."""
    payers, organizations = people.payers(random), people.organizations(random)
    providers, patients = people.providers(organizations, scale, random), people.patients(payers, scale, random)
    claims, cheated = fraud.commit(Visits(patients, providers, scale, random), scale.claims)
    tables = {
        "patients": patients,
        "providers": providers,
        "organizations": organizations,
        "payers": payers,
        "credentials": people.credentials(providers, random),
        **synthea.rows(claims, random),
        "investigations": investigations(claims, cheated, scale, random),
    }
    spoiled, faults = spoil_tables(tables, scale, random)
    return spoiled, faults, cheated


def _write_fraud(path: Path, cheated: Mapping[str, str]) -> None:
    """Write which claims are fraud, and of which kind."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("claim_id", "kind"))
        writer.writerows(sorted(cheated.items()))
