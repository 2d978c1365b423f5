"""K-factor: how many users each user brings, by month of sign-up and depth, so far and in the weeks to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.forecast.daily_series import day_numbers, day_of
from boathouse.ml.forecast.outlook import DRAWS, SEED, SIDES, Bounds, quantile_bounds, sides
from boathouse.ml.forecast.referral_tree import came_by, depths, numbered
from boathouse.ml.forecast.shrinkage import shrunk
from boathouse.ml.forecast.verdict import VERDICT_FIELDS, Trial, verdict

HORIZON = 28
BANDS = (
    0,
    7,
    28,
    91,
)  # days of age from which there is another rate; few, for the oldest of all are of one month alone
TURNS = 10  # after which rates and factors do not move
WINDOWS = 4
SCHEMA = pa.schema(
    [
        ("cohort_month", pa.date32()),
        ("depth", pa.int32()),
        ("users", pa.int64()),
        ("invitations", pa.int64()),
        ("users_brought", pa.int64()),
        ("invitations_a_user", pa.float64()),
        ("conversion", pa.float64()),
        ("k_factor", pa.float64()),
        ("until", pa.date32()),
        ("expected_k_factor", pa.float64()),
        *((side, pa.float64()) for side in SIDES),
        *VERDICT_FIELDS,
    ]
)
USERS = ("user_id", "created_at")
REFERRALS = ("referrer_user_id", "referred_user_id", "sent_at", "converted_at")


@dataclass(frozen=True)
class Network:
    """Users by the day that they signed up, and the days on which some invited and brought others."""

    created: np.ndarray  # by user; NaN for those who are named by referrals alone
    inviter: np.ndarray
    invited_on: np.ndarray
    referrer: np.ndarray
    referred: np.ndarray
    brought_on: np.ndarray
    first: float  # day; what was before is not known

    def known_at(self, day: float) -> Network:
        """Give what was known at the start of a day."""
        sent, brought = self.invited_on < day, self.brought_on < day
        return Network(
            np.where(self.created < day, self.created, np.nan),
            self.inviter[sent],
            self.invited_on[sent],
            self.referrer[brought],
            self.referred[brought],
            self.brought_on[brought],
            self.first,
        )


def k_factor(users: Any, referrals: Any, *, horizon: int = HORIZON, as_of: date | None = None) -> pa.Table:
    """Say by cohort and depth how many users each has brought, and expect how many it will have in so many days.

    `users` has user_id and created_at; `referrals` has referrer_user_id, referred_user_id, sent_at and converted_at,
    NULL where an invitation brought nobody. K is the invitations of a user times the share of them that brings one.
    """
    if horizon < 1:
        raise UserError("the horizon is one day or more")
    network, last = _network(users, referrals)
    today = last + 1 if as_of is None else (as_of - date(1970, 1, 1)).days
    known = network.known_at(today)
    groups = _Groups.of(known)
    if not len(groups.names):
        raise UserError("no user had signed up")
    expected, drawn = _expected(known, groups, today, horizon)
    said = {"until": day_of(today + horizon), **verdict(_trials(network, today, horizon)).columns}
    return _table(known, groups, expected, quantile_bounds(drawn), said)


def _network(users: Any, referrals: Any) -> tuple[Network, float]:
    people, sent = _columns(users, USERS), _columns(referrals, REFERRALS)
    sent = sent.filter(sent["referrer_user_id"].is_valid())
    there = people["user_id"].is_valid()
    people = people.filter(there)
    brought = sent.filter(sent["referred_user_id"].is_valid())
    columns = (people["user_id"], sent["referrer_user_id"], brought["referrer_user_id"], brought["referred_user_id"])
    names, (user, inviter, referrer, referred) = numbered(*(_names(column) for column in columns))
    created = np.full(len(names), np.nan)
    created[user] = day_numbers(people, "created_at")
    invited_on, brought_on = day_numbers(sent, "sent_at"), day_numbers(brought, "converted_at")
    referrer, referred, brought_on = _once(referrer, referred, brought_on, len(names))
    days = np.concatenate([created, invited_on, brought_on])
    if not np.isfinite(created).any():
        raise UserError("no user has a `created_at`")
    first = np.nanmin(invited_on) if np.isfinite(invited_on).any() else np.nanmin(created)
    return Network(created, inviter, invited_on, referrer, referred, brought_on, float(first)), float(np.nanmax(days))


def _names(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type if pa.types.is_integer(column.type) else pa.string()
    found: np.ndarray = column.cast(kind).to_numpy()
    return found


def _columns(data: Any, names: tuple[str, ...]) -> pa.Table:
    table = arrow_table(data)
    if missing := [name for name in names if name not in table.column_names]:
        raise UnknownName("column", missing[0], table.column_names)
    return pa.table({name: _plain(table[name]) for name in names})


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def _once(
    referrer: np.ndarray, referred: np.ndarray, brought_on: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count whom one user brought once, on the first day that is said; nobody brings themselves."""
    known = np.isfinite(brought_on) & (referrer != referred)
    referrer, referred, brought_on = referrer[known], referred[known], brought_on[known]
    order = np.argsort(brought_on, kind="stable")
    _, places = np.unique(referrer[order] * count + referred[order], return_index=True)
    chosen = order[places]
    return referrer[chosen], referred[chosen], brought_on[chosen]


@dataclass(frozen=True)
class _Groups:
    """Users of one month and one depth."""

    names: np.ndarray  # month, depth
    of_user: np.ndarray  # -1 for whoever has not signed up

    @classmethod
    def of(cls, known: Network) -> _Groups:
        depth = depths(came_by(known.referrer, known.referred, len(known.created)))
        there = np.isfinite(known.created)
        month = known.created[there].astype(int).astype("datetime64[D]").astype("datetime64[M]").astype(int)
        names, places = np.unique(np.stack([month, depth[there]], axis=1), axis=0, return_inverse=True)
        of_user = np.full(len(known.created), -1)
        of_user[there] = places.ravel()
        return cls(names, of_user)

    def count(self, users: np.ndarray) -> np.ndarray:
        """Count users, or what they did, by group."""
        places = self.of_user[users]
        return np.bincount(places[places >= 0], minlength=len(self.names))

    def sum(self, numbers: np.ndarray) -> np.ndarray:
        """Add up the numbers of each user by group."""
        there = self.of_user >= 0
        found = np.zeros((len(self.names), numbers.shape[1]))
        np.add.at(found, self.of_user[there], numbers[there])
        return found

    def by_band(self, known: Network) -> np.ndarray:
        """Count whom each group brought, by the age of who brought them."""
        age = np.maximum(0, known.brought_on - known.created[known.referrer])
        band = np.searchsorted(BANDS, age[np.isfinite(age)], side="right") - 1
        found = np.zeros((len(self.names), len(BANDS)))
        np.add.at(found, (self.of_user[known.referrer[np.isfinite(age)]], band), 1)
        return found


def _expected(known: Network, groups: _Groups, today: float, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Expect whom each group brings from now on: by the rates of all users of the age, and what is the group's own."""
    random = np.random.default_rng(SEED)
    there = np.isfinite(known.created)
    age = np.where(there, today - known.created, 0)
    begin = np.where(there, np.maximum(0, known.first - known.created), 0)
    before, after = (groups.sum(_days_in_bands(*span)) for span in ((begin, age), (age, age + horizon)))
    events = groups.by_band(known)
    factor = np.ones(len(groups.names))
    for _ in range(TURNS):
        rates = _carried(events.sum(axis=0) / np.maximum(1e-9, factor @ before), before.sum(axis=0) > 0)
        own = shrunk(events.sum(axis=1), before @ rates)
        factor = own.factor
    usual = after @ rates
    return usual * own.factor, random.poisson(usual * own.drawn(random, DRAWS))


def _days_in_bands(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Say how many days of a span of ages fall into each band."""
    low, high = np.array(BANDS), np.array([*BANDS[1:], np.inf])
    found: np.ndarray = np.clip(np.minimum(end[:, None], high) - np.maximum(begin[:, None], low), 0, None)
    return found


def _carried(rates: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Let an age that nobody has had yet have the rate of the last one that is known, and none where none is."""
    if not known.any():
        return rates
    places = np.where(known, np.arange(len(known)), np.flatnonzero(known)[0])
    found: np.ndarray = rates[np.maximum.accumulate(places)]
    return found


def _trials(network: Network, today: float, horizon: int) -> Iterator[Trial]:
    """Expect from earlier days whom the users of then brought since."""
    for window in range(1, WINDOWS + 1):
        day = today - horizon * window
        if day - network.first < horizon:
            return
        then = network.known_at(day)
        groups = _Groups.of(then)
        if not len(groups.names):
            return
        expected, drawn = _expected(then, groups, day, horizon)
        since = (network.brought_on >= day) & (network.brought_on < day + horizon)
        lately = then.brought_on >= day - horizon
        yield Trial(
            actual=groups.count(network.referrer[since]),
            expected=expected,
            # K stays what it is; and as many as in the weeks before.
            naive=(np.zeros(len(expected)), groups.count(then.referrer[lately])),
            bounds=quantile_bounds(drawn),
        )


def _table(known: Network, groups: _Groups, expected: np.ndarray, bounds: Bounds, said: dict[str, Any]) -> pa.Table:
    users = groups.count(np.flatnonzero(groups.of_user >= 0))
    invitations, brought = groups.count(known.inviter), groups.count(known.referrer)
    depth = groups.names[:, 1]
    columns: dict[str, Any] = {
        "cohort_month": groups.names[:, 0].astype("datetime64[M]").astype("datetime64[D]"),
        "depth": pa.array(depth, pa.int32(), mask=depth < 0),
        "users": users,
        "invitations": invitations,
        "users_brought": brought,
        "invitations_a_user": invitations / users,
        "conversion": pa.array(brought / np.maximum(1, invitations), mask=invitations == 0),
        "k_factor": brought / users,
        "expected_k_factor": (brought + expected) / users,
        **{name: (brought + side) / users for name, side in sides(bounds).items()},
        **{name: [value] * len(users) for name, value in said.items()},
    }
    return pa.table([pa.array(columns[part.name], part.type) for part in SCHEMA], schema=SCHEMA)
