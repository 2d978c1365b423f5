"""Scale: how many users for how many days, and what follows from the two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

LEAST_DAYS = 28  # the day of cents is the 25th, and a person who was invited needs a week for all that follows
LEAST_USERS = 100
WHOLE_USERS, WHOLE_DAYS = 1_000, 182  # the first half of 2024


@dataclass(frozen=True)
class Scale:
    """How large the generated program is; the counts of everything else are in proportion to it."""

    users: int = WHOLE_USERS
    days: int = WHOLE_DAYS
    first: date = date(2024, 1, 1)

    def __post_init__(self) -> None:
        if self.users < LEAST_USERS or self.days < LEAST_DAYS:
            raise ValueError(f"at least {LEAST_USERS} users and {LEAST_DAYS} days are wanted")

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=self.days)

    @property
    def last(self) -> date:
        return self.day(self.days)

    def day(self, number: int) -> date:
        """Give a day of the program; the first one is day 1."""
        return self.first + timedelta(days=number - 1)

    def by_users(self, whole: int) -> int:
        """Scale a count that grows with the users alone."""
        return round(whole * self.users / WHOLE_USERS)

    def by_use(self, whole: int) -> int:
        """Scale a count that grows with the users and with the days."""
        return round(whole * self.users * self.days / WHOLE_USERS / WHOLE_DAYS)


def moment(random: Random, low: datetime, high: datetime) -> datetime:
    """Draw a second of a span of time."""
    return low + timedelta(seconds=random.randrange(int((high - low).total_seconds())))


def after(random: Random, start: datetime, *, least: float = 0.01, most: float) -> datetime:
    """Draw a second from so many hours after a moment."""
    return moment(random, start + timedelta(hours=least), start + timedelta(hours=most))
