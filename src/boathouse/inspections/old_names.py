"""Names that the platform has changed: what is written still works or is still understood, and has a newer name."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.fault import Fault
from boathouse.package.package import Package
from boathouse.platform_names import RENAMED


def inspect(package: Package) -> Iterator[Fault]:
    for name, text in package.folder.texts.items():
        for renamed in RENAMED:
            found = renamed.found_by.search(text)
            if found:
                start = found.end() - len(found[0].lstrip())
                line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
                said = f"`{renamed.old}` is an older name"
                yield Fault(
                    package.folder.place(name, line, column), "", said, f"it is now {renamed.now}", only_a_hint=True
                )
