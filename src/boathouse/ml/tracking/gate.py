"""Gate: what has to hold of a version of a model before it takes another's place; a file a gate in gates/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from boathouse.ml.tracking.registry import GATE, ModelVersion
from boathouse.shelf import Shelf

GATES = Shelf("gates", "gate")


@dataclass(frozen=True)
class Trial:
    """Two models measured on the same labelled rows."""

    on: str  # the table that the rows are of
    rows: int
    challenger: Mapping[str, float]
    champion: Mapping[str, float]


@dataclass(frozen=True)
class Candidate:
    """The version that wants the place, the one that has it, and how both did on the same rows, if that was tried."""

    challenger: ModelVersion
    champion: ModelVersion | None = None
    trial: Trial | None = None

    def noted(self, gate: str) -> tuple[bool, str] | None:
        """Give what an analysis has noted of the challenger: whether it passed, and what it says."""
        written = self.challenger.tags.get(f"{GATE}{gate}")
        if not written:
            return None
        note = json.loads(written)
        return bool(note["passed"]), str(note["told"])


@dataclass(frozen=True)
class Verdict:
    """What a gate says: whether it lets pass, what it looked at, and what to do where it does not."""

    gate: str
    passed: bool | None  # None: there is nothing to judge by, which stops nobody
    looked_at: str
    remedy: str = ""


class Gate(Protocol):
    """What every gate can do; its class carries the file's name."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        """Say whether the challenger may pass."""
        ...


def judged(candidate: Candidate) -> tuple[Verdict, ...]:
    """Ask all gates, in alphabetical order."""
    return tuple(GATES.member(name).judge(candidate) for name in GATES.names())
