"""Visits: who comes, why, to whom, what is done and billed for it; without a fault, and without fraud."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boathouse.demos._claims.codes import EXTRAS, PROCEDURES, SPECIALTIES, Reason
from boathouse.demos._claims.people import COUNTIES, identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from boathouse.demos._claims.scale import Scale
    from boathouse.demos._ledger import Row

EXTRA_LINES = (0.72, 0.21, 0.07)  # how often none, one or two more things are billed
OWN_COUNTY = 0.93  # shares of the visits
STRANGE = 0.012  # honest, and still not what is done for that
DEAR = 0.006  # honest, and still about twice as dear
CHEAP = 1_000  # dollars: what is done without a bed costs less
SEASONED, HARD = 15, 300  # years of a provider, dollars of a procedure
FIRST_HOUR, HOURS = 8, 9
YEAR = 365.25


@dataclass(frozen=True)
class Claim:
    """One encounter and what is billed for it."""

    claim_id: str
    encounter_id: str
    patient: Row
    provider: Row
    diagnosis: str
    procedure: str
    start: datetime
    days: float
    amount: float
    extras: tuple[tuple[str, float], ...] = ()
    recorded: bool = True  # whether the patient's record knows of it
    paid_by: str = field(default="", compare=False)

    @property
    def stop(self) -> datetime:
        return self.start + timedelta(seconds=round(self.days * 86_400))

    @property
    def setting(self) -> str:
        return PROCEDURES[self.procedure].setting


class Visits:
    """All who come and all whom they come to, so that one visit after the other can be drawn."""

    def __init__(self, patients: list[Row], providers: list[Row], scale: Scale, random: Random) -> None:
        self.patients, self.providers, self.scale, self.random = patients, providers, scale, random
        self.weights = [random.gammavariate(1.1, 1) + 0.1 for _ in patients]
        self.by_place: dict[tuple[str, str], list[Row]] = {}
        for provider in providers:
            self.by_place.setdefault((provider["SPECIALITY"], provider["county"]), []).append(provider)
            self.by_place.setdefault((provider["SPECIALITY"], ""), []).append(provider)
        self.reasons = [(name, reason) for name, (_, reasons) in SPECIALTIES.items() for reason in reasons]
        self.reason_weights = [_share(name, reason) for name, reason in self.reasons]

    def draw(self, count: int) -> list[Claim]:
        """Draw so many claims: courses of visits, until there are enough."""
        claims: list[Claim] = []
        while len(claims) < count:
            patients = self.random.choices(self.patients, self.weights, k=1_000)
            for patient in patients:
                claims.extend(self._course(patient))
        return claims[:count]

    def _course(self, patient: Row) -> Iterator[Claim]:
        """Let a patient come for something, as often as one does."""
        start = self._moment(self.scale.start, self.random.randrange(self.scale.days))
        specialty, reason = self._reason(patient, start)
        provider = self._provider(specialty, patient)
        for number in range(self.random.randint(*reason.visits)):
            if start >= self.scale.end - timedelta(
                days=8
            ):  # who stays in hospital goes home before the last month ends
                return
            chosen = reason.then if number and reason.then else reason.procedures
            yield self.claim(patient, provider, reason.diagnosis, self._procedure(chosen, provider), start)
            start = self._moment(start, max(1, round(reason.gap * self.random.uniform(0.5, 1.5))))

    def _reason(self, patient: Row, at: datetime) -> tuple[str, Reason]:
        age = age_at(patient, at)
        while True:
            for name, reason in self.random.choices(self.reasons, self.reason_weights, k=8):
                if reason.ages[0] <= age <= reason.ages[1] and reason.gender in ("", patient["GENDER"]):
                    return name, reason

    def _provider(self, specialty: str, patient: Row) -> Row:
        near = self.by_place.get((specialty, patient["COUNTY"]), []) if self.random.random() < OWN_COUNTY else []
        return self.random.choice(near or self.by_place[specialty, ""])

    def _procedure(self, chosen: dict[str, float], provider: Row) -> str:
        if self.random.random() < STRANGE:
            return self.random.choice([code for code, procedure in PROCEDURES.items() if procedure.fee < CHEAP])
        # Who has seen more does more of what is hard.
        seasoned = provider["years"] > SEASONED
        weights = [weight * (1 + (seasoned and PROCEDURES[code].fee > HARD)) for code, weight in chosen.items()]
        return self.random.choices(list(chosen), weights)[0]

    def claim(self, patient: Row, provider: Row, diagnosis: str, procedure: str, start: datetime) -> Claim:
        """Bill what was done at what it costs there."""
        done, random = PROCEDURES[procedure], self.random
        lines = random.choices((0, 1, 2), EXTRA_LINES)[0]
        extras = random.sample(EXTRAS[done.setting], lines)
        dear = random.uniform(1.5, 2.5) if random.random() < DEAR else 1
        return Claim(
            identity(random), identity(random), patient, provider, diagnosis, procedure, start,
            days=done.days * random.lognormvariate(0, 0.35), amount=dear * self.price(procedure, provider),
            extras=tuple((code, self.price(code, provider)) for code in extras if code != procedure), paid_by=patient["payer"],
        )  # fmt: skip

    def price(self, procedure: str, provider: Row) -> float:
        """Draw what a provider bills for a procedure."""
        done = PROCEDURES[procedure]
        factor: float = COUNTIES[provider["county"]][1] * provider["price"]
        return done.fee * factor * self.random.lognormvariate(0, done.spread)

    def _moment(self, start: datetime, days: int) -> datetime:
        midnight = start.replace(hour=0, minute=0, second=0) + timedelta(days=days)
        return midnight + timedelta(hours=FIRST_HOUR, seconds=self.random.randrange(HOURS * 3_600))


def _share(specialty: str, reason: Reason) -> float:
    """Say how often a course begins with it; long courses begin less often."""
    share, reasons = SPECIALTIES[specialty]
    return share * reason.weight / sum(other.weight for other in reasons) / (sum(reason.visits) / 2)


def age_at(patient: Row, at: datetime) -> float:
    """Say how old a patient is at a moment."""
    born: date = patient["BIRTHDATE"]
    return (at.date() - born).days / YEAR


def again(claim: Claim, random: Random, **changes: object) -> Claim:
    """Bill a claim once more, as one of its own."""
    return replace(claim, claim_id=identity(random), encounter_id=identity(random), **changes)  # type: ignore[arg-type]
