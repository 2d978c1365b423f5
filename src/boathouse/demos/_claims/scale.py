"""Scale: how many claims in how many months, and what follows from the two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

LEAST_CLAIMS, LEAST_MONTHS = 1_000, 4
CLAIMS_OF_A_PATIENT, CLAIMS_OF_A_PROVIDER = 5, 130
AUDITED = 0.5  # of the months, the oldest: what became of their claims is known


@dataclass(frozen=True)
class Scale:
    """How large the generated payer is."""

    claims: int = 20_000
    months: int = 18
    first: date = date(2023, 7, 1)

    def __post_init__(self) -> None:
        if self.claims < LEAST_CLAIMS or self.months < LEAST_MONTHS:
            raise ValueError(f"at least {LEAST_CLAIMS} claims and {LEAST_MONTHS} months are wanted")

    @property
    def start(self) -> datetime:
        return self._month(0)

    @property
    def end(self) -> datetime:
        return self._month(self.months)

    @property
    def audited_until(self) -> datetime:
        return self._month(round(AUDITED * self.months))

    @property
    def days(self) -> int:
        return (self.end - self.start) // timedelta(days=1)

    @property
    def patients(self) -> int:
        return self.claims // CLAIMS_OF_A_PATIENT

    @property
    def providers(self) -> int:
        return max(60, self.claims // CLAIMS_OF_A_PROVIDER)

    def _month(self, number: int) -> datetime:
        months = self.first.month - 1 + number
        return datetime.combine(date(self.first.year + months // 12, months % 12 + 1, 1), time(), UTC)
