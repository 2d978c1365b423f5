"""Investigations: what came of looking at claims; only the old ones have been looked at, and not every cheat was caught."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from boathouse.demos._claims.scale import Scale
    from boathouse.demos._claims.visits import Claim
    from boathouse.demos._ledger import Row

CAUGHT = 0.9  # of the fraud that was looked at
AFTER, TAKES = (30, 120), (5, 90)  # days


def investigations(claims: Iterable[Claim], cheated: Mapping[str, str], scale: Scale, random: Random) -> list[Row]:
    """Look at each claim of the first months."""
    return [_outcome(claim, claim.claim_id in cheated, random) for claim in claims if claim.start < scale.audited_until]


def _outcome(claim: Claim, is_fraud: bool, random: Random) -> Row:
    opened = claim.start.date() + timedelta(days=random.randint(*AFTER))
    return {
        "CLAIMID": claim.claim_id, "OPENED_ON": opened, "CLOSED_ON": opened + timedelta(days=random.randint(*TAKES)),
        "OUTCOME": "confirmed" if is_fraud and random.random() < CAUGHT else "cleared",
    }  # fmt: skip
