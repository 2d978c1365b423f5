"""Every export target of a project of two hundred tables: CPU seconds of its files, and of the verb, which plans first."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from measure import cpu_seconds
from unchanged_run import project

from boathouse import export
from boathouse.workbench import Workbench

ROUNDS = 3
PROMISED = 2.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = project(Path(folder), times=40)
        plan = Workbench(root).plan()
        planned = min(cpu_seconds(["-m", "boathouse", "plan", "--project", root]) for _ in range(ROUNDS))
        print(f"{f'{len(plan.actions)} tables':24}{'files':>8}{'CPU s':>8}{'promised':>12}{'verb, CPU s':>14}")
        print(f"{'boathouse plan':24}{'':28}{planned:14.2f}")
        for name in export.EXPORTS.names():
            target, asked = export.target(name), export.Export(plan, "main", "orders")
            count, seconds = len(target.files(asked)), []
            for _ in range(ROUNDS):
                clock = time.process_time()
                target.files(asked)
                seconds.append(time.process_time() - clock)
            verb = min(cpu_seconds(["-m", "boathouse", "export", name, "--project", root]) for _ in range(ROUNDS))
            print(f"{name:24}{count:8}{min(seconds):8.2f}{f'<= {PROMISED}':>12}{verb:14.2f}")


if __name__ == "__main__":
    main()
