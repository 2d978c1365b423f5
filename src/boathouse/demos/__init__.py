"""Demos: a file a demo; each writes raw files (and tables by hand, where it has some) into a new project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEMOS = Shelf("demos", "demo")


@dataclass(frozen=True)
class DemoSummary:
    """What a demo put into the project, and what it is about."""

    about: str
    files: Mapping[str, int | None]  # path in the project -> rows; None where it holds no data
    target: str | None = None  # the raw column to predict, for `explore --target`
    next: tuple[str, ...] = ()  # what to type in the project, where there are tables already; else raw/ is explored


def write_demo(name: str, root: Path) -> DemoSummary:
    """Write the demo of that name into a project's folder; an unknown name is an error that offers the nearest one."""
    summary: DemoSummary = DEMOS.module(name).write(root)
    return summary
