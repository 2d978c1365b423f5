"""A/B test: who sees which of two models, the same in every process; and what their outcomes say, with an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import sqrt
from statistics import NormalDist
from typing import Any

from boathouse.errors import UserError

NORMAL = NormalDist()
POINTS = 2**64  # what a digest of 8 bytes can be


@dataclass(frozen=True)
class Arm:
    """How many had one of the models, and how many of them the outcome that is wished for."""

    name: str
    users: int
    successes: int

    @property
    def rate(self) -> float:
        return self.successes / self.users

    def interval(self, confidence: float) -> tuple[float, float]:
        """Give Wilson's interval of the rate."""
        z, n = NORMAL.inv_cdf(0.5 + confidence / 2), self.users
        middle, room = self.rate + z * z / (2 * n), z * sqrt(self.rate * (1 - self.rate) / n + z * z / (4 * n * n))
        return (middle - room) / (1 + z * z / n), (middle + room) / (1 + z * z / n)


@dataclass(frozen=True)
class Analysis:
    """Both arms, how far the treatment's rate lies above the control's, and who won if anyone did."""

    control: Arm
    treatment: Arm
    lift: float
    low: float
    high: float
    p_value: float
    winner: str  # none where the interval holds 0


@dataclass(frozen=True)
class ABTest:
    """Two models, and the share of users that has the second."""

    name: str
    control: str
    treatment: str
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise UserError(f"a share of {self.share:g} leaves nobody to compare", hint="give one between 0 and 1")

    def route(self, user: object) -> str:
        """Say which model a user has: by a digest of both names, for Python's own hash is another in each process."""
        digest = blake2b(f"{self.name}\x00{user}".encode(), digest_size=8).digest()
        return self.treatment if int.from_bytes(digest, "big") < self.share * POINTS else self.control

    def analyze(self, outcomes: Mapping[object, Any], confidence: float = 0.95) -> Analysis:
        """Compare the arms by whether each user had the outcome that is wished for."""
        routed = [(self.route(user), bool(outcome)) for user, outcome in outcomes.items()]
        arms = (self._arm(self.control, routed), self._arm(self.treatment, routed))
        return compared(*arms, confidence)

    @staticmethod
    def _arm(name: str, routed: list[tuple[str, bool]]) -> Arm:
        of_arm = [outcome for arm, outcome in routed if arm == name]
        if not of_arm:
            raise UserError(f"nobody had {name} yet", hint="wait for more outcomes")
        return Arm(name, len(of_arm), sum(of_arm))


def compared(control: Arm, treatment: Arm, confidence: float = 0.95) -> Analysis:
    """Test two proportions by their pooled variance; the interval is Newcombe's, which holds for small arms and rates near 0."""
    lift = treatment.rate - control.rate
    low, high = treatment.interval(confidence)
    other_low, other_high = control.interval(confidence)
    below = lift - sqrt((treatment.rate - low) ** 2 + (other_high - control.rate) ** 2)
    above = lift + sqrt((high - treatment.rate) ** 2 + (control.rate - other_low) ** 2)
    pooled = (control.successes + treatment.successes) / (control.users + treatment.users)
    error = sqrt(pooled * (1 - pooled) * (1 / control.users + 1 / treatment.users))
    p_value = 2 * (1 - NORMAL.cdf(abs(lift) / error)) if error else 1.0
    winner = treatment.name if below > 0 else control.name if above < 0 else ""
    return Analysis(control, treatment, lift, below, above, p_value, winner)
