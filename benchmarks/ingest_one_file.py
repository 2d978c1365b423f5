"""One new file of 1,000 rows, taken into bronze and silver where few files are in and where many are: CPU seconds of `run`.

The silver table treats rows alone, and its contract drops some; another one keeps the latest row of each key, and so
reads and writes all of its own rows, though none of the old ones of bronze.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from measure import cpu_seconds

from boathouse import config
from boathouse.workbench import Workbench

ROUNDS = 5
FEW, MANY = 10, 10_000
ROWS = 1_000  # of a new file; those that are in have a tenth
PROMISED = 2.0
BRONZE = "source: {format: csv, path: landing/purchases}\n"
ALONE = """\
reads: bronze.purchases
steps:
  - {step: cast, columns: {id: bigint, amount: int, price: double}}
  - {step: derive, column: total, expression: amount * price, type: double}
contract:
  drop: {sold: amount > 0}
  fail: {priced: price IS NOT NULL}
"""
LATEST = """\
reads: bronze.purchases
steps:
  - {step: cast, columns: {id: bigint, amount: int, price: double}}
  - {step: dedupe, key: [id], latest_by: [_ingested_at, _source_file]}
"""


def project(root: Path, files: int, silver: str) -> Path:
    """Make a project in which so many files are in."""
    config.create(root, "shop")
    for path, text in {"bronze/purchases": BRONZE, "silver/purchases": silver}.items():
        file = root / f"tables/{path}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for number in range(files):
        arrive(root, number, ROWS // 10)
    Workbench(root).run()
    return root


def arrive(root: Path, number: int, rows: int) -> None:
    folder = root / f"landing/purchases/dt=2024-01-{number % 28 + 1:02}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = (f"{number * ROWS + row},{row % 50},{row / 4}" for row in range(rows))
    (folder / f"{number}.csv").write_text("\n".join(["id,amount,price", *lines, ""]), encoding="utf-8")


def one_file(root: Path, number: int) -> float:
    """Let a file arrive, and run."""
    arrive(root, number, ROWS)
    return cpu_seconds(["-m", "boathouse", "run", "--project", root])


def main() -> None:
    print(f"{'a file of 1,000 rows':24}{FEW:>8,}{MANY:>10,}{'ratio':>8}{'promised':>12}  (CPU s, files that are in)")
    for name, silver, promised in (("rows alone", ALONE, f"<= {PROMISED}"), ("latest of each key", LATEST, "")):
        with tempfile.TemporaryDirectory() as folder:
            roots = [project(Path(folder, str(files)), files, silver) for files in (FEW, MANY)]
            times = [[one_file(root, MANY + at) for root in roots] for at in range(ROUNDS)]
        few, many = (min(each) for each in zip(*times, strict=True))
        print(f"{name:24}{few:8.2f}{many:10.2f}{many / few:8.2f}{promised:>12}")


if __name__ == "__main__":
    main()
