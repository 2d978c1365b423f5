"""Conversion, liability, retention and k-factor: curves that are known, sums by hand, and what is not known yet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.errors import UnknownName, UserError
from boathouse.ml.forecast.k_factor import k_factor
from boathouse.ml.forecast.referral_conversion import conversion_curve, referral_conversion
from boathouse.ml.forecast.referral_tree import came_by, depths
from boathouse.ml.forecast.retention import retention
from boathouse.ml.forecast.reward_liability import reward_liability
from boathouse.ml.forecast.shrinkage import shrunk
from boathouse.ml.forecast.waiting import share_done, waiting

FIRST = date(2024, 1, 1)
SHARE, DELAYS = 0.3, np.array([0.1, 0.4, 0.3, 0.2])  # of those who convert, after 0, 1, 2, 3 days


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def invitations(count: int = 120, a_day: int = 40, seed: int = 0) -> dict[str, list[Any]]:
    """Send as many a day, of which a share converts after a few days; the last ones have not had the time."""
    random = np.random.default_rng(seed)
    sent = np.repeat(np.arange(count), a_day)
    after = random.choice(4, len(sent), p=DELAYS)
    done = (random.random(len(sent)) < SHARE) & (sent + after < count)
    return {
        "sent_at": [day(int(number)) for number in sent],
        "converted_at": [
            day(int(number + delay)) if hit else None for number, delay, hit in zip(sent, after, done, strict=True)
        ],
    }


def dated(columns: dict[str, list[Any]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.date32()) for name, values in columns.items()})


def test_who_began_yesterday_counts_for_one_day_and_no_further() -> None:
    rows = dated({
        "sent_at": [day(0), day(0), day(0), day(2), day(3)],
        "converted_at": [day(1), None, None, day(2), None],
    })  # fmt: skip
    known = waiting(rows, "sent_at", "converted_at", within=3, as_of=day(4))
    assert list(known.ages) == [4, 3, 2, 1]
    # Delay 0: all five, one of them converts. Delay 1: the three of day 0; that of day 2 is done, that of day 3 too young.
    assert list(known.at_risk) == [5, 3, 2]
    assert list(known.hazard) == [1 / 5, 1 / 3, 0]
    assert share_done(known.hazard) == pytest.approx([0, 1 / 5, 1 - 4 / 5 * 2 / 3, 1 - 4 / 5 * 2 / 3])


def test_a_curve_with_known_parameters_is_found_though_the_latest_days_have_had_no_time() -> None:
    curve = conversion_curve(dated(invitations()), within=7).to_pylist()
    known = {row["delay_days"]: row for row in curve if row["cohort"] == "all"}
    for delay, share in enumerate([*np.cumsum(DELAYS), 1, 1, 1][:7]):
        assert known[delay]["conversion"] == pytest.approx(SHARE * share, abs=0.02)
        assert known[delay]["lower_95"] <= known[delay]["conversion"] <= known[delay]["upper_95"]
    assert {row["cohort"] for row in curve} == {"all", "2024-01", "2024-02", "2024-03", "2024-04"}


def test_young_days_are_expected_to_end_as_the_old_ones_did() -> None:
    rows = referral_conversion(dated(invitations()), within=7).to_pylist()
    last = rows[-1]
    assert last["sent_on"] == day(119)
    assert last["conversions"] <= 4  # of 40, on the day itself; as it stands, conversion falls to .03
    assert last["conversion"] == pytest.approx(SHARE, abs=0.06)
    assert [row["is_final"] for row in rows[-7:]] == [True, *[False] * 6]
    old = rows[0]
    assert (old["waiting"], old["expected_conversions"]) == (0, old["conversions"])
    assert old["lower_95"] == old["upper_95"] == old["conversions"] / old["invitations"]
    assert all(0 <= row[side] <= 1 for row in rows for side in ("lower_95", "lower_80", "upper_80", "upper_95"))


def test_conversion_beats_the_naive_forecasts_and_its_bounds_hold() -> None:
    tried = [referral_conversion(dated(invitations(seed=seed)), within=7).to_pylist()[0] for seed in range(8)]
    assert all(row["beats_naive"] for row in tried)
    assert 0.75 <= np.mean([row["coverage_80"] for row in tried]) <= 0.95  # counts: bounds fall on whole numbers
    assert np.mean([row["coverage_95"] for row in tried]) >= 0.93


def test_what_is_not_known_yet_is_not_used() -> None:
    rows = dated(invitations())
    then = referral_conversion(rows, within=7, as_of=day(60))
    before = rows.filter(pa.array([at < day(60) for at in rows["sent_at"].to_pylist()]))
    hidden = [None if at is None or at >= day(60) else at for at in before["converted_at"].to_pylist()]
    assert then.equals(
        referral_conversion(
            before.set_column(1, "converted_at", pa.array(hidden, pa.date32())), within=7, as_of=day(60)
        )
    )


def test_no_conversion_at_all_is_zero_with_an_upper_bound() -> None:
    rows = dated({"sent_at": [day(number) for number in range(40)], "converted_at": [None] * 40})
    last = referral_conversion(rows, within=5).to_pylist()[-1]
    assert (last["conversion"], last["lower_95"], last["beats_naive"]) == (0, 0, False)
    curve = conversion_curve(rows, within=5).to_pylist()
    assert 0 < curve[4]["upper_95"] < 0.2


def test_rows_that_cannot_be_are_left_out_or_taken_for_the_nearest_that_can() -> None:
    rows = dated({
        "sent_at": [None, day(0), day(9), day(1)],
        "converted_at": [day(1), day(-3), None, day(30)],  # never sent; before it was sent; not sent yet; not known yet
    })  # fmt: skip
    known = waiting(rows, "sent_at", "converted_at", within=3, as_of=day(5))
    assert (list(known.began), known.done.tolist()[:2]) == ([1, 1, 0, 0, 0], [[1, 0, 0], [0, 0, 0]])
    with pytest.raises(UserError, match="no row has a `sent_at`"):
        waiting(dated({"sent_at": [None], "converted_at": [None]}), "sent_at", "converted_at", within=3)
    with pytest.raises(UserError, match="before 2023-01-01"):
        waiting(rows, "sent_at", "converted_at", within=3, as_of=date(2023, 1, 1))
    with pytest.raises(UnknownName, match="did you mean `sent_at`"):
        waiting(rows, "sent_on", "converted_at", within=3)


def rewards(*rows: tuple[str, int, int | None]) -> pa.Table:
    return pa.table({
        "reward_type": pa.array([kind for kind, _, _ in rows], pa.string()),
        "awarded_at": pa.array([day(at) for _, at, _ in rows], pa.date32()),
        "redeemed_at": pa.array([None if at is None else day(at) for _, _, at in rows], pa.date32()),
    })  # fmt: skip


def test_a_liability_by_hand() -> None:
    """Of four old rewards one was redeemed on day 1 and one on day 2; two new ones of 10 dollars have had one day.

    Hazards after 0, 1, 2 days: 0/6, 1/4, 1/3. A new one, redeemed on no day yet: on the next with 1/4, and up to the
    one after that with 1 - 3/4 x 2/3 = 1/2. The two old ones are beyond the curve: they cost nothing any more.
    """
    bonus = "bonus"
    table = rewards(
        (bonus, 0, 1), (bonus, 0, 2), (bonus, 0, None), (bonus, 0, None), (bonus, 9, None), (bonus, 9, None)
    )
    found = reward_liability(table, {bonus: 10.0}, horizon=3, within=3, as_of=day(10)).to_pylist()
    rows = [row for row in found if row["reward_type"] == bonus]
    assert [row["day"] for row in rows] == [day(10), day(11), day(12)]
    assert (rows[0]["outstanding"], rows[0]["outstanding_value"]) == (4, 40.0)
    assert [row["expected_redemptions"] for row in rows] == pytest.approx([2 / 4, 2 / 2, 2 / 2])
    assert [row["expected_payout"] for row in rows] == pytest.approx([5, 10, 10])
    assert rows[0]["ultimate_payout"] == pytest.approx(10)
    assert [row["expected_payout"] for row in found if row["reward_type"] == "all"] == pytest.approx([5, 10, 10])


def many_rewards(seed: int = 0) -> pa.Table:
    random = np.random.default_rng(seed)
    rows: list[tuple[str, int, int | None]] = []
    for at in range(200):
        for kind, share in (("large", 0.9), ("small", 0.3)):
            for _ in range(3):
                redeemed = at + int(random.geometric(0.15)) if random.random() < share else 999
                rows.append((kind, at, redeemed if redeemed < 200 else None))
    return rewards(*rows)


def test_liability_is_within_its_bounds_and_beats_what_the_books_show() -> None:
    found = [reward_liability(many_rewards(seed), {"large": 2.0, "small": 1.0}) for seed in range(3)]
    for table in found:
        rows = table.to_pylist()
        assert {row["reward_type"] for row in rows} == {"large", "small", "all"}
        for row in rows:
            assert (
                0
                <= row["payout_lower_95"]
                <= row["payout_lower_80"]
                <= row["payout_upper_80"]
                <= row["payout_upper_95"]
            )
            assert row["payout_upper_95"] <= row["outstanding_value"]
            assert row["beats_naive"]
        paid = [row["expected_payout"] for row in rows if row["reward_type"] == "all"]
        assert paid == sorted(paid)
        apart = [
            sum(row["expected_payout"] for row in rows if row["reward_type"] == kind)
            for kind in ("large", "small", "all")
        ]
        assert apart[0] + apart[1] == pytest.approx(apart[2])
    held = np.array([[table["coverage_80"][0].as_py(), table["coverage_95"][0].as_py()] for table in found]).mean(
        axis=0
    )
    assert held[0] >= 0.7
    assert held[1] >= 0.88


def test_a_reward_without_a_value_is_an_error_and_none_at_all_too() -> None:
    with pytest.raises(UserError, match="what a small is worth is not said"):
        reward_liability(many_rewards(), {"large": 2.0})
    with pytest.raises(UserError, match="no reward was awarded"):
        reward_liability(rewards(), {})
    with pytest.raises(UnknownName, match="reward_type"):
        reward_liability({"awarded_at": [FIRST]}, {})


def triangle(cohorts: int = 14, decay: float = 0.85, seed: int = 0, users: int = 200) -> dict[str, list[Any]]:
    random = np.random.default_rng(seed)
    rows: dict[str, list[Any]] = {"cohort_month": [], "months_since": [], "users": [], "active_users": []}
    for cohort in range(cohorts):
        own = random.normal(0, 0.4)
        for age in range(cohorts - cohort):
            odds = np.exp(2 + np.log(decay) * 4 * np.log1p(age) + own)
            rows["cohort_month"].append(date(2023 + cohort // 12, cohort % 12 + 1, 1))
            rows["months_since"].append(age)
            rows["users"].append(users)
            rows["active_users"].append(int(random.binomial(users, odds / (1 + odds))))
    return rows


def test_retention_that_falls_with_age_is_expected_to_go_on_falling() -> None:
    rows = retention(triangle(), months=3).to_pylist()
    assert len(rows) == 14 * 3
    first = rows[0]
    assert (first["cohort_month"], first["months_since"], first["month"]) == (date(2023, 1, 1), 14, date(2024, 3, 1))
    youngest = [row["retention"] for row in rows if row["cohort_month"] == date(2024, 2, 1)]
    assert youngest == sorted(youngest, reverse=True)
    assert all(0 <= row["lower_95"] <= row["retention"] <= row["upper_95"] <= 1 for row in rows)


def test_retention_beats_the_naive_forecasts_where_age_matters_and_its_bounds_hold() -> None:
    tried = [retention(triangle(seed=seed)).to_pylist()[0] for seed in range(8)]
    assert all(row["beats_naive"] for row in tried)
    assert 0.72 <= np.mean([row["coverage_80"] for row in tried]) <= 0.95
    assert np.mean([row["coverage_95"] for row in tried]) >= 0.9


def test_retention_of_one_month_alone_is_given_and_not_tried() -> None:
    row = retention({"cohort_month": [FIRST], "months_since": [0], "users": [10], "active_users": [5]}).to_pylist()[0]
    assert row["retention"] == pytest.approx(0.5, abs=0.01)
    assert (row["tried"], row["error"], row["beats_naive"]) == (0, None, None)
    with pytest.raises(UserError, match="no cohort"):
        retention(
            pa.table(
                {name: pa.array([], pa.int64()) for name in ("cohort_month", "months_since", "users", "active_users")}
            )
        )


#      1          7 has nobody; 8 brought 9, and 9 brought 8: a circle, which has no beginning
#     / \
#    2   3
#    |
#    4 - 5, 6
PEOPLE: dict[str, list[Any]] = {
    "user_id": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "created_at": [day(number) for number in (0, 1, 1, 2, 3, 3, 40, 4, 4)],
}
SENT: dict[str, list[Any]] = {
    "referrer_user_id": [1, 1, 2, 4, 4, 1, 8, 9, 7, 1],
    "referred_user_id": [2, 3, 4, 5, 6, 1, 9, 8, None, 2],  # 1 brings themselves, which is nothing; 2 is told twice
    "sent_at": [day(number) for number in (0, 0, 1, 2, 2, 2, 3, 3, 41, 1)],
    "converted_at": [day(number) if number is not None else None for number in (1, 1, 2, 3, 3, 3, 4, 4, None, 2)],
}


def test_depth_of_a_tree_by_hand() -> None:
    brought_by = came_by(np.array([1, 1, 2, 4, 4, 8, 9]), np.array([2, 3, 4, 5, 6, 9, 8]), 10)
    assert list(depths(brought_by)[1:]) == [0, 1, 1, 2, 3, 3, 0, -1, -1]
    two = came_by(np.array([5, 3]), np.array([7, 7]), 8)
    assert two[7] == 3  # whoever is claimed by two came by the one with the lower number


def test_k_factor_of_a_tree_by_hand() -> None:
    found = k_factor(PEOPLE, SENT, horizon=7).to_pylist()
    by = {(row["cohort_month"], row["depth"]): row for row in found}
    january, february = date(2024, 1, 1), date(2024, 2, 1)
    assert {key: (row["users"], row["invitations"], row["users_brought"]) for key, row in by.items()} == {
        (january, 0): (1, 4, 2),
        (january, 1): (2, 1, 1),
        (january, 2): (1, 2, 2),
        (january, 3): (2, 0, 0),
        (january, None): (2, 2, 2),  # the circle
        (february, 0): (1, 1, 0),
    }
    root = by[january, 0]
    assert (root["invitations_a_user"], root["conversion"], root["k_factor"]) == (4, 0.5, 2)
    assert by[january, 3]["conversion"] is None
    for row in found:
        assert row["k_factor"] <= row["lower_95"] <= row["upper_95"]
        if row["depth"] is not None:
            assert row["k_factor"] == pytest.approx(row["invitations_a_user"] * (row["conversion"] or 0))


def program(seed: int) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Make 600 users, of whom some bring many and most none, at rates that do not change."""
    random = np.random.default_rng(seed)
    created = np.sort(random.integers(0, 240, 600))
    rate = random.gamma(0.5, 0.02, 600)
    sent: dict[str, list[Any]] = {name: [] for name in SENT}
    for user, (since, each) in enumerate(zip(created, rate, strict=True)):
        for at in sorted(random.integers(since, 300, random.poisson(each * (300 - since)))):
            sent["referrer_user_id"].append(user)
            sent["referred_user_id"].append(10_000 + len(sent["sent_at"]))
            sent["sent_at"].append(day(int(at)))
            sent["converted_at"].append(day(int(at)))
    return {"user_id": list(range(600)), "created_at": [day(int(at)) for at in created]}, sent


def test_k_factor_to_come_beats_the_naive_forecasts_and_its_bounds_hold() -> None:
    tried = [k_factor(*program(seed)).to_pylist()[0] for seed in range(6)]
    assert all(row["beats_naive"] for row in tried)
    assert 0.72 <= np.mean([row["coverage_80"] for row in tried]) <= 0.95
    assert np.mean([row["coverage_95"] for row in tried]) >= 0.9


def test_names_of_users_may_be_texts_and_nobody_is_an_error() -> None:
    def text(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        return {
            name: [str(each) if isinstance(each, int) else each for each in values] for name, values in columns.items()
        }

    assert k_factor(text(PEOPLE), text(SENT), horizon=7).equals(k_factor(PEOPLE, SENT, horizon=7))
    with pytest.raises(UserError, match="no user had signed up"):
        k_factor(PEOPLE, SENT, as_of=date(2023, 1, 1))
    with pytest.raises(UnknownName, match="did you mean `user_ids`"):
        k_factor({"user_ids": [1], "created_at": [FIRST]}, SENT)


def test_groups_that_differ_by_chance_alone_are_drawn_together_and_others_are_not() -> None:
    expected = np.full(50, 20.0)
    chance = np.random.default_rng(0).poisson(20, 50).astype(float)
    assert np.abs(shrunk(chance, expected).factor - 1).max() < 0.1
    apart = np.where(np.arange(50) % 2, 5.0, 35.0)
    assert np.abs(shrunk(apart, expected).factor - apart / 20).max() < 0.1


days_or_none = st.none() | st.integers(0, 60).map(day)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(days_or_none, days_or_none), min_size=1, max_size=40), st.integers(1, 30))
def test_any_invitations_have_shares_between_0_and_1(pairs: list[tuple[date | None, date | None]], within: int) -> None:
    rows = dated({"sent_at": [sent for sent, _ in pairs], "converted_at": [answered for _, answered in pairs]})
    if all(sent is None for sent, _ in pairs):
        with pytest.raises(UserError):
            referral_conversion(rows, within=within)
        return
    for row in referral_conversion(rows, within=within).to_pylist():
        assert 0 <= row["lower_95"] <= row["lower_80"] <= row["upper_80"] <= row["upper_95"] <= 1
        assert row["conversions"] <= row["expected_conversions"] + 1e-9
        assert row["expected_conversions"] <= row["invitations"] + 1e-9
    for row in conversion_curve(rows, within=within).to_pylist():
        assert 0 <= row["lower_95"] <= row["upper_95"] <= 1
    known = [
        ("kind", (sent - FIRST).days, None if at is None else (at - FIRST).days)
        for sent, at in pairs
        if sent is not None
    ]
    for row in reward_liability(rewards(*known), {"kind": 1.0}, horizon=5, within=within).to_pylist():
        assert -1e-9 <= row["expected_payout"] <= row["outstanding_value"] + 1e-9
        assert 0 <= row["payout_lower_95"] <= row["payout_upper_95"] <= row["outstanding_value"]


cells = st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 50), st.floats(0, 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(cells, min_size=1, max_size=30, unique_by=lambda cell: cell[:2]))
def test_any_triangle_has_shares_between_0_and_1(found: list[tuple[int, int, int, float]]) -> None:
    users = {cohort: count for cohort, _, count, _ in found}
    rows = {
        "cohort_month": [date(2024, cohort + 1, 1) for cohort, _, _, _ in found],
        "months_since": [age for _, age, _, _ in found],
        "users": [users[cohort] for cohort, _, _, _ in found],
        "active_users": [int(users[cohort] * share) for cohort, _, _, share in found],
    }
    for row in retention(rows).to_pylist():
        assert 0 <= row["lower_95"] <= row["lower_80"] <= row["upper_80"] <= row["upper_95"] <= 1
        assert 0 <= row["retention"] <= 1


lines = st.tuples(
    st.integers(0, 12), st.none() | st.integers(0, 12), st.integers(0, 200), st.none() | st.integers(0, 200)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 150), min_size=1, max_size=10), st.lists(lines, max_size=25))
def test_any_network_has_a_k_factor(created: list[int], sent: list[tuple[int, int | None, int, int | None]]) -> None:
    """Circles, people who are no users, conversions before the invitation, or before who invites was there at all."""
    people = {"user_id": list(range(len(created))), "created_at": [day(at) for at in created]}
    table = pa.table({
        "referrer_user_id": pa.array([line[0] for line in sent], pa.int64()),
        "referred_user_id": pa.array([line[1] for line in sent], pa.int64()),
        "sent_at": pa.array([day(line[2]) for line in sent], pa.date32()),
        "converted_at": pa.array([None if line[3] is None else day(line[3]) for line in sent], pa.date32()),
    })  # fmt: skip
    rows = k_factor(people, table, horizon=14).to_pylist()
    assert sum(row["users"] for row in rows) == len(created)
    for row in rows:
        assert 0 <= row["k_factor"] <= row["lower_95"] <= row["lower_80"] <= row["upper_80"] <= row["upper_95"]
        assert row["k_factor"] <= row["expected_k_factor"] < 1_000
