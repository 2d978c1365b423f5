"""Promotion: a version of a model takes the champion's place, if every gate lets it pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from boathouse.errors import UnknownName, UserError
from boathouse.ml.tracking.gate import Candidate, Trial, Verdict, judged
from boathouse.ml.tracking.given import scored
from boathouse.ml.tracking.registry import ModelVersion, Registry
from boathouse.ml.tracking.training import CHALLENGER

CHAMPION = "champion"


@dataclass(frozen=True)
class Promotion:
    """What the gates said, and whether the alias is the version's now."""

    version: ModelVersion
    to: str
    before: ModelVersion | None  # whose the alias was
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        return not self.refused

    @property
    def refused(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.passed is False)

    @property
    def document(self) -> dict[str, Any]:
        """Say it as a JSON document."""
        return {
            "model": self.version.name, "version": self.version.version, "to": self.to,
            "before": self.before.version if self.before else None, "passed": self.passed,
            "gates": [asdict(verdict) for verdict in self.verdicts],
        }  # fmt: skip


def candidate(registry: Registry, name: str, *, version: int | None = None, to: str = CHAMPION) -> Candidate:
    """Find the version that is to be promoted, by its number or as the challenger, and the one that has the place."""
    aliases = {alias: each.version for each in registry.versions(name) for alias in each.aliases}
    wanted = version or aliases.get(CHALLENGER)
    if wanted is None:
        raise UserError(f"the model {name} has no {CHALLENGER}", hint="name the version: --version 3")
    holder = registry.version(name, aliases[to]) if to in aliases else None
    return Candidate(registry.version(name, wanted), None if holder and holder.version == wanted else holder)


def tried(registry: Registry, found: Candidate, rows: pa.Table, label: str, on: str = "the rows") -> Candidate:
    """Measure both models on the same labelled rows."""
    from boathouse.ml.tracking.metrics import measured

    if label not in rows.column_names:
        raise UnknownName("column", label, rows.column_names, where=on)
    if found.champion is None:
        return found
    ours, theirs = (
        measured(scored(registry.load(version), rows).to_numpy(zero_copy_only=False), rows[label].to_pylist())
        for version in (found.challenger, found.champion)
    )
    return Candidate(found.challenger, found.champion, Trial(on, rows.num_rows, ours, theirs))


def promote(registry: Registry, found: Candidate, to: str = CHAMPION) -> Promotion:
    """Give the alias to the challenger where no gate refuses it; otherwise nothing changes."""
    made = Promotion(found.challenger, to, found.champion, judged(found))
    if made.passed:
        registry.set_alias(found.challenger, to)
        if to != CHALLENGER and CHALLENGER in found.challenger.aliases:
            registry.delete_alias(found.challenger, CHALLENGER)
    return made


def refusal(refused: Sequence[Verdict]) -> str:
    """Say in one line which gates refuse, and why."""
    return "; ".join(f"{verdict.gate}: {verdict.looked_at}" for verdict in refused)
