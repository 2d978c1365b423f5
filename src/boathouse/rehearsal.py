"""Rehearsal: an export whose files are run here, and the tables of the lake that theirs are held against."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from boathouse.comparison import Comparison, compare
from boathouse.config import Project
from boathouse.engines import delta, spark
from boathouse.names import TableName
from boathouse.plan import Plan
from boathouse.shelf import Shelf

PROOFS = Shelf("proofs", "target that can be proven here")
OF_THE_RUN = ("_ingested_at", "_run_id")  # each run's own


@dataclass
class Rehearsal:
    """What is to be run: the files in `out`, by the engine `on`, in a scratch folder; `rehearse` of a proof does it."""

    plan: Plan
    project: Project
    out: Path
    folder: Path
    on: str
    say: Callable[[str], None]
    open: ExitStack
    engines: str = ""  # what it ran on, to be told

    @cached_property
    def engine(self) -> spark.Spark:
        """The Spark of this proof, which starts when it is first asked for, and ends with the proof."""
        started = self.open.enter_context(spark.session(local=True))
        self.engines = self.engines or started.version
        return started

    def compare(self, name: TableName, made: Path, **how: Any) -> Comparison:
        """Hold a table that was made here against the lake's."""
        local = self.project.lake(name)
        if not delta.exists(made):
            return Comparison("NOT COMPARABLE", "its table could not be made on Spark")
        if not delta.exists(local):
            return Comparison("NOT COMPARABLE", "it is not in the lake; type `boathouse run`")
        return compare(local, made, **how)
