"""The Carton Caps example at a small scale, day by day: 19 that are released, a day that fails, and the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from boathouse import config
from boathouse.demos import carton_caps
from boathouse.demos._carton_caps.scale import Scale
from boathouse.errors import CheckFailed
from boathouse.plan import Plan
from boathouse.run_record import Run
from boathouse.workbench import Workbench

SMALL = Scale(users=300, days=30)
PURCHASES = [f"{layer}{name}" for name in ("users", "products", "purchases") for layer in ("bronze.", "silver.stg_")]
PURCHASES += ["gold.purchase_day"]  # what the 25th is about; the runs that are released build everything
DAY = "SELECT max(CAST(purchased_at AS DATE)) AS day FROM silver.stg_purchases"
Fault = tuple[str, str, str | None]  # source, kind, column


@dataclass(frozen=True)
class Days:
    """The project after the last day, and what the runs on the way said."""

    bench: Workbench
    failure: str  # of the 25th
    refusal: str  # to release it
    kept: list[dict[str, Any]]  # gold.purchase_day after the failure
    seen: dict[str, str]  # the last day of silver after the failure, in the current release and in the newest tables
    last: Run
    plan: Plan

    @property
    def faults(self) -> dict[Fault, list[str]]:
        """Give the ledger: the keys of each kind of fault, as text."""
        text = (self.bench.project.root / "faults.yml").read_text(encoding="utf-8")
        faults = yaml.safe_load(text)["faults"]
        return {(f["source"], f["kind"], f.get("column")): sorted(map(str, f["keys"])) for f in faults}

    def column(self, sql: str) -> list[str]:
        """Answer a SELECT of one column, as sorted text."""
        return sorted(str(next(iter(row.values()))) for row in self.bench.query(sql))


def land(root: Path, days: Iterable[int]) -> None:
    """Do as `cp -r to_come/DAY/. landing/` does."""
    for day in days:
        shutil.copytree(root / f"to_come/{SMALL.day(day)}", root / "landing", dirs_exist_ok=True)


def live(root: Path) -> Days:
    config.create(root, "carton_caps")
    carton_caps.write(root, SMALL)
    bench = Workbench(root)
    bench.run()
    bench.release()
    land(root, range(20, 26))
    with pytest.raises(CheckFailed) as failed:
        bench.run(PURCHASES)
    with pytest.raises(CheckFailed) as refused:
        bench.release()
    kept = bench.query("SELECT * FROM gold.purchase_day ORDER BY purchase_date", at="newest")
    seen = {at: str(bench.query(DAY, at=at)[0]["day"]) for at in ("current", "newest")}
    land(root, range(26, 31))
    last = bench.run()
    bench.release()
    return Days(bench, str(failed.value), str(refused.value), kept, seen, last, bench.plan())
