"""Fraud: claims for what was not done, not so, or not for that patient; of seven kinds, and known by kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boathouse.demos._claims.codes import BUNDLES, DIAGNOSES, LEVELS, PROCEDURES, SPECIALTIES, SPECIALTY_OF, Reason
from boathouse.demos._claims.visits import CHEAP, Claim, Visits, again, age_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.demos._ledger import Row

YEARS_OFF = 8  # an age that does not fit is so far from one that does
BILLED_IN_A_DAY = (22, 40)  # by who bills for people that never came; an honest provider has a few a day
LEAST_IN_A_DAY = 12
TOO_DEAR = (1.6, 3.2)  # times what it costs
NOT_BY_LEVEL = 0.35  # of what is upcoded, billed too high at its own level
OTHER_PROCEDURE = 0.5  # of what is combined wrongly, another procedure; the rest, another diagnosis
WORTH_IT = (60, 6_000)  # dollars: less is no gain, and more is looked at twice
NARROW = 60  # years: a reason that fewer have
REPEATED_WITHIN = 3  # days
ONCE = tuple(code for code in PROCEDURES if code[:3] in {"IMG", "CAR", "DER", "GAS", "URO", "EYE", "EMG", "WEL"})
PARTS_DEARER = (1.05, 1.5)

Made = list[Claim]


@dataclass(frozen=True)
class Kind:
    """One kind of fraud: its share of all claims, which honest claims it begins with, and what becomes of one."""

    name: str
    share: float
    can: Callable[[Claim], bool]
    make: Callable[[Claim, Visits], Made]  # all of them are fraud; the honest claim is gone where `instead`
    instead: bool = True


def commit(visits: Visits, total: int) -> tuple[Made, dict[str, str]]:
    """Draw honest claims, then let some be fraud; give all claims by time, and the kind of each that is fraud."""
    phantom = _phantom(visits, round(PHANTOM * total))
    claims = visits.draw(round(total * (1 - sum(kind.share for kind in KINDS if not kind.instead))) - len(phantom))
    order = visits.random.sample(claims, len(claims))
    gone: set[str] = set()
    made: dict[str, Made] = {"phantom_billing": phantom}
    for kind in KINDS:
        made[kind.name] = _cheat(kind, order, gone, visits, round(kind.share * total))
    honest = [claim for claim in claims if claim.claim_id not in gone]
    cheated = {claim.claim_id: kind for kind, found in made.items() for claim in found}
    every = [*honest, *(claim for found in made.values() for claim in found)]
    return sorted(every, key=lambda claim: (claim.start, claim.claim_id)), cheated


def _cheat(kind: Kind, order: Made, gone: set[str], visits: Visits, count: int) -> Made:
    """Make so many claims of a kind, from honest ones that no other kind stands in the place of."""
    made: Made = []
    for claim in order:
        if len(made) >= count:
            break
        if claim.claim_id in gone or not kind.can(claim):
            continue
        found = kind.make(claim, visits)
        made += found
        if found and kind.instead:
            gone.add(claim.claim_id)
    return made


def _phantom(visits: Visits, count: int) -> Made:
    """Let a few bill for days full of people who never came."""
    made: Made = []
    while len(made) < count:
        provider = visits.random.choice(visits.providers)
        reasons = [reason for reason in SPECIALTIES[provider["SPECIALITY"]][1] if _office(reason)]
        if not reasons:
            continue
        day = visits.scale.start + timedelta(days=visits.random.randrange(30, visits.scale.days - 8), hours=8)
        for _ in range(min(visits.random.randint(*BILLED_IN_A_DAY), max(LEAST_IN_A_DAY, count - len(made)))):
            made.append(_never_came(provider, reasons, day, visits))
    return made


def _never_came(provider: Row, reasons: list[Reason], day: datetime, visits: Visits) -> Claim:
    random = visits.random
    diagnosis = random.choice(reasons).diagnosis
    code = random.choice([code for reason in reasons for code in _office(reason)])
    start = day + timedelta(seconds=random.randrange(10 * 3_600))
    claim = visits.claim(random.choice(visits.patients), provider, diagnosis, code, start)
    return again(claim, random, days=claim.days * random.uniform(0.1, 0.6), recorded=False)


def _office(reason: Reason) -> list[str]:
    """Give what is done for it without a bed."""
    return [code for code in {**reason.procedures, **reason.then} if PROCEDURES[code].fee < CHEAP]


def _upcoded(claim: Claim, visits: Visits) -> Made:
    """Bill a higher level of what was done, or far too much for it."""
    random = visits.random
    levels = next((levels for levels in LEVELS if claim.procedure in levels[:-1]), None)
    if levels is None or random.random() < NOT_BY_LEVEL:
        return [again(claim, random, amount=claim.amount * random.uniform(*TOO_DEAR))]
    at = levels.index(claim.procedure)
    code = levels[min(len(levels) - 1, at + random.randint(2, 3))]
    return [again(claim, random, procedure=code, amount=visits.price(code, claim.provider))]


def _unbundled(claim: Claim, visits: Visits) -> Made:
    """Bill the parts of what is paid as one, each at more than its fee."""
    random = visits.random
    return [
        again(claim, random, procedure=part, start=claim.start + timedelta(minutes=random.randrange(5, 300)), extras=(),
              days=PROCEDURES[part].days * random.lognormvariate(0, 0.3),
              amount=visits.price(part, claim.provider) * random.uniform(*PARTS_DEARER))
        for part in BUNDLES[claim.procedure]
    ]  # fmt: skip


def _wrong_combination(claim: Claim, visits: Visits) -> Made:
    """Bill something that is never done for that, or for something that this specialty does not treat."""
    random = visits.random
    own = SPECIALTY_OF[claim.diagnosis]
    if random.random() < OTHER_PROCEDURE:
        usual = {**DIAGNOSES[claim.diagnosis].procedures, **DIAGNOSES[claim.diagnosis].then}
        code = random.choice(
            [code for code in PROCEDURES if code not in usual and WORTH_IT[0] < PROCEDURES[code].fee < WORTH_IT[1]]
        )
        return [again(claim, random, procedure=code, amount=visits.price(code, claim.provider))]
    other = random.choice([diagnosis for diagnosis, specialty in SPECIALTY_OF.items() if specialty != own])
    return [again(claim, random, diagnosis=other)]


def _other_patient(claim: Claim, visits: Visits) -> Made:
    """Bill it for somebody whose card was used: of an age or a gender that does not fit."""
    reason, random = DIAGNOSES[claim.diagnosis], visits.random
    for patient in random.choices(visits.patients, k=200):
        age = age_at(patient, claim.start)
        off = max(reason.ages[0] - age, age - reason.ages[1])
        if off > YEARS_OFF or (reason.gender and patient["GENDER"] != reason.gender):
            return [again(claim, random, patient=patient, paid_by=patient["payer"])]
    return []


def _repeated(claim: Claim, visits: Visits) -> Made:
    """Bill it again a day or two later."""
    days = visits.random.randint(1, REPEATED_WITHIN)
    start = claim.start + timedelta(days=days, minutes=visits.random.randrange(-120, 120))
    return [
        again(claim, visits.random, start=start, amount=visits.price(claim.procedure, claim.provider), recorded=False)
    ]


def _copied(claim: Claim, visits: Visits) -> Made:
    """Send it once more under another number, a little changed, so that nobody takes it for a copy."""
    random = visits.random
    start = claim.start + timedelta(days=random.randint(0, 2), minutes=random.randrange(1, 90))
    return [again(claim, random, start=start, amount=claim.amount * random.uniform(0.96, 1.04), recorded=False)]


def _bound(claim: Claim) -> bool:
    reason = DIAGNOSES[claim.diagnosis]
    return bool(reason.gender) or reason.ages[1] - reason.ages[0] < NARROW


def _any(_: Claim) -> bool:
    return True


PHANTOM = 0.006
KINDS = (
    Kind("upcoding", 0.008, lambda claim: claim.procedure not in ("OV4", "OV5"), _upcoded),
    Kind("unbundling", 0.004, lambda claim: claim.procedure in BUNDLES, _unbundled),
    Kind("wrong_combination", 0.004, _any, _wrong_combination),
    Kind("identity", 0.003, _bound, _other_patient),
    Kind("rapid_repeat", 0.003, lambda claim: claim.procedure in ONCE, _repeated, instead=False),
    Kind("near_duplicate", 0.003, _any, _copied, instead=False),
)
