"""How long Boathouse takes to start: CPU milliseconds, the best of seven, beside a bare Python."""

from __future__ import annotations

import resource
import subprocess
import sys

ROUNDS = 7
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import boathouse": ["-c", "import boathouse"],
    "boathouse --help": ["-m", "boathouse", "--help"],
}
PROMISED = {"import boathouse": 250, "boathouse --help": 150}


def cpu_milliseconds(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> None:
    print(f"{'start':24}{'CPU ms':>8}{'promised':>12}")
    for name, arguments in COMMANDS.items():
        best = min(cpu_milliseconds(arguments) for _ in range(ROUNDS))
        promised = f"<= {PROMISED[name]}" if name in PROMISED else ""
        print(f"{name:24}{best:8.0f}{promised:>12}")


if __name__ == "__main__":
    main()
