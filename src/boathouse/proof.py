"""Proof: run the very files of an export on an engine of its own, and hold every table against the run's."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from boathouse import proof_page, yaml_file
from boathouse.comparison import Comparison, Verdict
from boathouse.config import Project
from boathouse.errors import UnknownName
from boathouse.names import TableName
from boathouse.plan import Plan
from boathouse.rehearsal import PROOFS, Rehearsal


@dataclass(frozen=True)
class TableProof:
    """What the comparison of one table says."""

    table: str
    comparison: Comparison
    seconds: float

    @property
    def verdict(self) -> Verdict:
        return self.comparison.verdict

    @property
    def why(self) -> str:
        return self.comparison.why

    @property
    def rows_local(self) -> int | None:
        return self.comparison.left_rows

    @property
    def rows_spark(self) -> int | None:
        return self.comparison.right_rows


@dataclass(frozen=True)
class Proof:
    """The tables in the order of the workflow, and where the report is."""

    project: str
    target: str
    engines: str
    tables: tuple[TableProof, ...]
    seconds: float
    report: Path

    @property
    def proven(self) -> bool:
        """Tell whether every table is equal; a proof of nothing proves nothing."""
        return bool(self.tables) and all(table.comparison.equal for table in self.tables)

    @property
    def summary(self) -> str:
        equal = sum(table.comparison.equal for table in self.tables)
        return f"{equal} of {len(self.tables)} tables are proven equal on {self.engines}, in {self.seconds:.1f} s"

    def to_dict(self) -> dict[str, Any]:
        tables = [
            {"table": table.table, "seconds": round(table.seconds, 3), **asdict(table.comparison)}
            for table in self.tables
        ]
        said = {"project": self.project, "target": self.target, "engines": self.engines, "proven": self.proven}
        return {**said, "summary": self.summary, "seconds": round(self.seconds, 3), "tables": tables}


def prove(
    plan: Plan,
    project: Project,
    target: str,
    out: Path,
    *,
    on: str = "",
    say: Callable[[str], None] = lambda _line: None,
) -> Proof:
    """Run the files of `out` on one of the engines that can, compare each table, and write the report."""
    clock = time.perf_counter()
    member = PROOFS.module(target.replace("-", "_"))
    on = on or member.ON[0]
    if on not in member.ON:
        raise UnknownName(f"engine for {target}", on, member.ON)
    with tempfile.TemporaryDirectory(prefix="boathouse-proof-") as folder, ExitStack() as stack:
        rehearsal = Rehearsal(plan, project, out, Path(folder), on, say, stack)
        tables = tuple(_told(member.rehearse(rehearsal), say))
        engines = rehearsal.engines
    report = out / "proof" / f"proof{'' if on == member.ON[0] else f'-{on}'}.html"
    proof = Proof(project.config.name, target, engines, tables, time.perf_counter() - clock, report)
    write_report(proof)
    return proof


def _told(found: Iterable[tuple[TableName | str, Comparison]], say: Callable[[str], None]) -> Iterator[TableProof]:
    """Say of each table how it compares, as soon as that is known."""
    clock = time.perf_counter()
    for name, comparison in found:
        say(f"{name}: {comparison.verdict}{f' - {comparison.why}' if comparison.why else ''}")
        yield TableProof(str(name), comparison, time.perf_counter() - clock)
        clock = time.perf_counter()


def write_report(proof: Proof) -> None:
    """Write proof.json for machines and proof.html for people, beside what was proven."""
    proof.report.parent.mkdir(parents=True, exist_ok=True)
    told = proof.to_dict()
    yaml_file.write_whole(
        proof.report.with_suffix(".json"), json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"
    )
    yaml_file.write_whole(proof.report, proof_page.page(told))
