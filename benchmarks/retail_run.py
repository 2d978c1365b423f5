"""The run of the retail demo against the same tables written by hand: CPU seconds, the best of three, taken in turn."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measure import cpu_seconds, differing, retail_project

ROUNDS = 3
PROMISED = 1.3
BY_HAND = Path(__file__).with_name("retail_by_hand.py")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project, lake = retail_project(Path(folder, "retail")), Path(folder, "lake")
        ours, by_hand = [], []
        for _ in range(ROUNDS):
            ours.append(cpu_seconds(["-m", "boathouse", "run", "--full", "--project", project]))
            by_hand.append(cpu_seconds([BY_HAND, project, lake]))
        unlike = differing(project / "lake", lake)
    ratio = min(ours) / min(by_hand)
    print(f"{'retail demo':24}{'CPU s':>8}{'ratio':>8}{'promised':>12}")
    print(f"{'by hand':24}{min(by_hand):8.2f}{1:8.2f}")
    print(f"{'boathouse run':24}{min(ours):8.2f}{ratio:8.2f}{f'<= {PROMISED}':>12}")
    print(f"the tables differ: {', '.join(unlike)}" if unlike else "the tables are equal, row by row")


if __name__ == "__main__":
    main()
