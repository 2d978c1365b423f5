"""Every target that runs here, by every engine that can run it, for demos and real files: each table has to be proven.

    python tests/prove_targets.py [project ...]      prints the table that `docs/proven.md` keeps; --page writes it
    python tests/prove_targets.py --covering         each target by each engine once, and the notebooks of every project

One Spark does all of it. Real files lie beside the repository, and a set that is not there is passed over, and said.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import claims_lake
import test_carton_caps_gold
from boathouse import config
from boathouse.demos import carton_caps, retail
from boathouse.engines import spark
from boathouse.proof import Proof
from boathouse.rehearsal import PROOFS
from boathouse.workbench import Workbench
from carton_caps_days import SMALL, land

RICHEST = "carton_caps"  # the project whose column `--covering` does whole
NOTEBOOKS = ("databricks", "spark")  # the line that it does of all others
DATA = Path(__file__).resolve().parents[1] / "../shared/data"
PAGE = Path(__file__).resolve().parents[1] / "docs/proven.md"
ABOUT = """\
# What is proven

Each cell is a proof: the files of the export were run, and so many tables held against those
of the local run, row by row. Written by `python tests/prove_targets.py --page`; `make prove` does a column of it, and a line.

"""


@dataclass(frozen=True)
class Cell:
    """One target of one project, by one engine."""

    project: str
    target: str
    on: str
    proof: Proof

    @property
    def said(self) -> str:
        equal = sum(table.comparison.equal for table in self.proof.tables)
        sign = "" if self.proof.proven else " NOT PROVEN"
        return f"{equal} of {len(self.proof.tables)}, {self.proof.seconds:.0f} s{sign}"


def real(folder: str, target: str = "") -> Callable[[Path], Workbench]:
    """Take real files through explore and advise, all of which is accepted."""

    def make(root: Path) -> Workbench:
        config.create(root, folder)
        bench = Workbench(root)
        bench.explore([DATA / folder], target=target)
        bench.advise(["all"])
        return bench

    return make


def retail_demo(root: Path) -> Workbench:
    config.create(root, "retail")
    retail.write(root)
    bench = Workbench(root)
    bench.explore([root / "raw"])
    bench.advise(["all"])
    return bench


def carton_caps_demo(root: Path) -> Workbench:
    """Take all days of the demo, and rows written by hand among them, for what happens rarely."""
    config.create(root, "carton_caps")
    carton_caps.write(root, SMALL)
    land(root, range(20, 31))
    test_carton_caps_gold.land(root)
    return Workbench(root)


def claims_demo(root: Path) -> Workbench:
    """Take the demo at a small scale: all kinds of faults and of fraud are in it."""
    config.create(root, "claims")
    claims_lake.land(root)
    return Workbench(root)


PROJECTS: dict[str, Callable[[Path], Workbench]] = {
    "retail": retail_demo,
    "carton_caps": carton_caps_demo,
    "claims": claims_demo,
    "jaffle_classic": real("jaffle_classic"),
    "telco_ibm": real("telco_ibm", "Churn"),
    "insurance_auto": real("insurance_auto", "fraud_reported"),
}


DEMOS = (retail_demo, carton_caps_demo, claims_demo)  # which make their own files


def wanted_of(project: str, *, covering: bool) -> dict[str, list[str]]:
    """Name the engines that are to prove each target of a project."""
    every = {target: list(PROOFS.module(target).ON) for target in PROOFS.names()}
    target, on = NOTEBOOKS
    return {target: [on]} if covering and project != RICHEST else every


def proofs(project: str, root: Path, *, covering: bool) -> Iterator[Cell]:
    """Build a project, and prove its exports."""
    bench = PROJECTS[project](root)
    bench.run()
    for target, engines in wanted_of(project, covering=covering).items():
        bench.export(target, options=getattr(PROOFS.module(target), "OPTIONS", None))
        for on in engines:
            proof = bench.prove(target, on=on)
            cell = Cell(project, target, on, proof)
            print(f"{project}, {target} on {on}: {cell.said}, {proof.engines}", flush=True)  # noqa: T201
            for table in proof.tables:
                if not table.comparison.equal:
                    print(f"  {table.table}: {table.verdict} - {table.why}", flush=True)  # noqa: T201
            yield cell


def page(cells: list[Cell]) -> str:
    """Write the table: a line a target and engine, a column a project."""
    projects = list(dict.fromkeys(cell.project for cell in cells))
    ways = dict.fromkeys((cell.target, cell.on) for cell in cells)
    engines = {(cell.target, cell.on): cell.proof.engines for cell in cells}
    said = {(cell.target, cell.on, cell.project): cell.said for cell in cells}
    lines = [f"| target | run by | {' | '.join(projects)} |", f"|---|---|{'---|' * len(projects)}"]
    for way in ways:
        answers = [said.get((*way, project), "") for project in projects]
        lines.append(f"| {way[0]} | {engines[way]} | {' | '.join(answers)} |")
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    wanted = [word for word in words if word in PROJECTS] or list(PROJECTS)
    cells: list[Cell] = []
    with tempfile.TemporaryDirectory(prefix="boathouse-targets-") as folder, ExitStack() as stack:
        stack.enter_context(spark.session(local=True))
        for project in wanted:
            if PROJECTS[project] not in DEMOS and not (DATA / project).is_dir():
                print(f"{project}: its files are not beside the repository", flush=True)  # noqa: T201
                continue
            cells += proofs(project, Path(folder) / project, covering="--covering" in words)
    table = page(cells)
    print(f"\n{table}")  # noqa: T201
    if "--page" in words:
        PAGE.write_text(ABOUT + table, encoding="utf-8")
    return 0 if cells and all(cell.proof.proven for cell in cells) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
