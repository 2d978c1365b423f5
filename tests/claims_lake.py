"""The claims demo at a small scale: its files as a stranger reads them, and its tables after one run."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from boathouse import config
from boathouse.demos import claims
from boathouse.demos._claims.scale import Scale
from boathouse.run_record import Run
from boathouse.workbench import Workbench

SMALL = Scale(claims=2_000, months=6)
Fault = tuple[str, str, str | None]  # source, kind, column
Row = dict[str, str]
SYNTHEA = Path(__file__).resolve().parents[1] / "../shared/data/synthea"


@dataclass(frozen=True)
class Landed:
    """What `init --demo claims` wrote."""

    root: Path

    @cached_property
    def tables(self) -> dict[str, list[Row]]:
        return {folder.name: self._rows(folder) for folder in sorted((self.root / "landing").iterdir())}

    @cached_property
    def faults(self) -> dict[Fault, list[str]]:
        """Give the ledger: the keys of each kind of fault."""
        faults = yaml.safe_load((self.root / claims.FAULTS).read_text(encoding="utf-8"))["faults"]
        return {(f["source"], f["kind"], f.get("column")): sorted(f["keys"]) for f in faults}

    @cached_property
    def fraud(self) -> dict[str, str]:
        """Give the kind of each claim that is fraud."""
        with (self.root / claims.FRAUD).open(encoding="utf-8", newline="") as file:
            return {row["claim_id"]: row["kind"] for row in csv.DictReader(file)}

    @staticmethod
    def _rows(folder: Path) -> list[Row]:
        rows: list[Row] = []
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows += [row | {"file": path.stem} for row in csv.DictReader(file)]
        return rows


@dataclass(frozen=True)
class ClaimsLake:
    """The project after its first run."""

    bench: Workbench
    run: Run
    landed: Landed

    def column(self, sql: str) -> list[str]:
        """Answer a SELECT of one column, as sorted text."""
        return sorted(str(next(iter(row.values()))) for row in self.bench.query(sql))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.bench.query(sql)


def land(root: Path, scale: Scale = SMALL) -> Landed:
    claims.write(root, scale)
    return Landed(root)


def live(root: Path) -> ClaimsLake:
    config.create(root, "claims")
    landed = land(root)
    bench = Workbench(root)
    run = bench.run()
    bench.release()
    return ClaimsLake(bench, run, landed)


def moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def by(rows: Iterable[Row], key: str) -> dict[str, Row]:
    """Give each thing as it arrived last."""
    return {row[key]: row for row in rows}


def is_charge(row: Row) -> bool:
    return row["TYPE"] == "CHARGE"


def is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
