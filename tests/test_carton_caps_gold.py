"""The gold tables of the Carton Caps example on rows made by hand: hours, missing parts, rewards, the network."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from hashlib import md5
from typing import TYPE_CHECKING, Any

import pytest

from boathouse import config
from boathouse.demos import carton_caps
from boathouse.workbench import Workbench
from projects import write

if TYPE_CHECKING:
    from pathlib import Path

DAY = "dt=2024-02-01/part-0"
SCHOOLS = """school_id,name,address,city,state,zip_code,created_at
10,Oak School,"1 Main St, East",Boston,MA,02108,2023-01-01 00:00:00
20,Hill School,2 Main St,Austin,TX,73301,2023-01-01 00:00:00
"""
PRODUCTS = """product_id,name,category,price,points_per_dollar,created_at
7,Oat Rings,cereal,4.00,2,2023-01-01 00:00:00
"""
USERS = """user_id,first_name,last_name,email,school_id,created_at,user_type,is_verified,device_id,marketing_channel
1,Ada,A, Ada@Example.com ,10,2023-12-31 10:00:00,parent,1,phone-a,organic
2,Ben,B,ben@example.com,10,2024-01-01 00:58:00,parent,1,phone-b,partner
3,Cy,C,cy@example.com,20,2024-01-01 00:58:00,teacher,0,phone-c,partner
4,Di,D,di@example.com,,2024-01-01 00:58:00,parent,1,phone-d,partner
5,Ed,E,ed@example.com,10,2024-01-01 00:58:00,parent,1,phone-b,partner
6,Flo,F,flo@example.com,10,2024-01-01 00:58:00,parent,1,phone-b,partner
"""
PURCHASES = """purchase_id,user_id,product_id,quantity,price_paid,points_earned,purchased_at,day_of_week,hour_of_day
1,2,7,1,4.10,8,2024-01-05 12:00:00,Friday,12
2,3,7,1,4.20,8,2024-01-02 23:59:59,Tuesday,23
3,99,7,1,4.30,8,2024-01-06 00:00:00,Saturday,0
4,1,8,2,4.40,8,2023-12-30 09:00:00,Saturday,9
5,1,7,two,n/a,8,2024-01-05 12:00:00,Friday,12
"""
PURCHASES_AGAIN = """purchase_id,user_id,product_id,quantity,price_paid,points_earned,purchased_at,day_of_week,hour_of_day,payment_method
1,2,7,1,44.10,88,2024-01-05 12:00:00,Friday,12,card
"""
REFERRALS = """referral_id,referrer_user_id,referred_email,referred_user_id,referral_code,sent_at,converted_at,status
101,1,ben@example.com,2,CC00001AAAA,2024-01-01 00:00:00,2024-01-04 00:00:00,converted
102,1,cy@example.com,3,CC00001BBBB,2024-01-01 00:00:00,2024-01-04 00:00:00,converted
103,2,di@example.com,4,CC00002CCCC,2024-01-01 00:00:00,2024-01-04 00:00:00,converted
104,2,ed@example.com,5,CC00002DDDD,2024-01-01 00:00:00,2024-01-04 00:00:00,converted
105,3,flo@example.com,6,CC00003EEEE,2024-01-01 00:00:00,2024-01-04 00:00:00,converted
106,1,ADA@example.COM,,CC00001FFFF,2024-01-01 00:00:00,,clicked
107,4,friend@example.com,,CC00004GGGG,2024-01-01 00:00:00,,sent
"""
AWARDED, REDEEMED = "reward_awarded", "reward_redeemed"
REFERRER, REFERRED = '{"reward_type":"referrer_bonus"}', '{"reward_type": "referred_bonus"}'
EVENTS: list[tuple[int, str, str, int | None, str]] = [  # user, type, at, referral, metadata
    # 101: from 00:59 to 01:01 two days on a clock strikes 49 times in 48 full hours.
    (2, "install", "2024-01-01 00:59:00", 101, "{}"), (2, "referral_applied", "2024-01-03 01:01:00", 101, "{}"),
    (2, "install", "2024-01-02 00:00:00", 101, "{}"),  # again: the first one counts
    (2, "onboarding_complete", "2024-01-03 02:00:00", 101, "{}"), (2, "school_linked", "2024-01-04 00:00:00", 101, "{}"),
    # 102: 48:59 are still 48 full hours; bought, and linked no school.
    (3, "install", "2024-01-01 01:00:00", 102, "{}"), (3, "referral_applied", "2024-01-03 01:59:59", 102, "{}"),
    (3, "onboarding_complete", "2024-01-03 02:00:00", 102, "{}"),
    # 103: 49 hours; linked, and bought nothing.
    (4, "install", "2024-01-01 01:00:00", 103, "{}"), (4, "referral_applied", "2024-01-03 02:00:00", 103, "{}"),
    (4, "onboarding_complete", "2024-01-03 03:00:00", 103, "{}"), (4, "school_linked", "2024-01-04 00:00:00", 103, "{}"),
    # 104: neither bought nor linked; the device is that of the referrer.
    (5, "install", "2024-01-01 01:00:00", 104, "{}"), (5, "referral_applied", "2024-01-01 02:00:00", 104, "{}"),
    (5, "onboarding_complete", "2024-01-03 03:00:00", 104, "{}"),
    # 105: the code was never used, and the only installation was not for this referral.
    (6, "install", "2024-01-01 01:00:00", None, "{}"), (6, "onboarding_complete", "2024-01-03 03:00:00", 105, "{}"),
    (6, "school_linked", "2024-01-04 00:00:00", 105, "{}"),
    (1, AWARDED, "2024-01-05 00:00:00", 101, REFERRER), (1, AWARDED, "2024-01-04 00:00:00", 101, REFERRER),
    (1, REDEEMED, "2024-01-09 00:00:00", 101, REFERRER), (1, REDEEMED, "2024-01-08 00:00:00", 101, REFERRER),
    (2, AWARDED, "2024-01-05 00:00:00", 101, REFERRED),
    (4, AWARDED, "2024-01-05 00:00:00", 103, "{}"), (4, REDEEMED, "2024-01-06 00:00:00", 103, "{}"),
    (3, REDEEMED, "2024-01-06 00:00:00", 102, REFERRED),  # never awarded
    (1, "app_open", "2024-01-06 00:00:00", None, "{}"),
]  # fmt: skip


def event(number: int, row: tuple[int, str, str, int | None, str]) -> str:
    user, kind, at, referral, metadata = row
    shown = "null" if referral is None else str(referral)
    text = metadata.replace('"', '\\"')
    return (
        f'{{"event_id": {number}, "user_id": {user}, "event_type": "{kind}", "event_at": "{at}",'
        f' "referral_id": {shown}, "metadata_json": "{text}"}}\n'
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    root: Path = tmp_path_factory.mktemp("by_hand") / "carton_caps"
    config.create(root)
    shutil.copytree(carton_caps.PROJECT, root, dirs_exist_ok=True)
    land(root)
    for file in (root / "tables").rglob("*.*"):  # six users are not enough for the contracts
        file.write_text(
            file.read_text(encoding="utf-8").replace("row_count() >= 100", "row_count() >= 1"), encoding="utf-8"
        )
    workbench = Workbench(root)
    workbench.run()
    return workbench


def land(root: Path) -> None:
    files = {"schools": SCHOOLS, "products": PRODUCTS, "users": USERS, "purchases": PURCHASES, "referrals": REFERRALS}
    write(root, {f"landing/{source}/{DAY}.csv": text for source, text in files.items()})
    events = "".join(event(number, row) for number, row in enumerate(EVENTS, start=1))
    write(root, {f"landing/events/{DAY}.jsonl": events})
    write(root, {"landing/purchases/dt=2024-02-02/part-0.csv": PURCHASES_AGAIN})


def rows(workbench: Workbench, columns: str, table: str, order: str = "1") -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in workbench.query(f"SELECT {columns} FROM gold.{table} ORDER BY {order}")]


def test_purchases_earn_for_the_school_of_who_bought(built: Workbench) -> None:
    columns = "purchase_id, school_id, product_category, quantity, price_paid, purchase_date, is_before_sign_up"
    assert rows(built, columns, "fct_purchase") == [
        (1, 10, "cereal", 1, Decimal("44.10"), date(2024, 1, 5), False),  # as it was sent again
        (2, 20, "cereal", 1, Decimal("4.20"), date(2024, 1, 2), False),
        (3, None, "cereal", 1, Decimal("4.30"), date(2024, 1, 6), False),  # of nobody known
        (4, 10, None, 2, Decimal("4.40"), date(2023, 12, 30), True),  # of nothing known
    ]
    assert built.query("SELECT purchase_id FROM silver.stg_purchases_quarantine") == [{"purchase_id": 5}]


def test_a_day_has_its_buyers_and_its_median_price(built: Workbench) -> None:
    assert rows(built, "purchase_date, purchases, buyers, price_paid, median_price", "purchase_day") == [
        (date(2023, 12, 30), 1, 1, Decimal("4.40"), 4.4),
        (date(2024, 1, 2), 1, 1, Decimal("4.20"), 4.2),
        (date(2024, 1, 5), 1, 1, Decimal("44.10"), 44.1),
        (date(2024, 1, 6), 1, 1, Decimal("4.30"), 4.3),
    ]


def test_users_bring_the_name_and_the_state_of_their_school(built: Workbench) -> None:
    columns = "user_id, email, school_name, school_state, is_verified"
    found = {row[0]: row[1:] for row in rows(built, columns, "dim_user")}
    assert found[1] == ("ada@example.com", "Oak School", "MA", True)
    assert found[3] == ("cy@example.com", "Hill School", "TX", False)
    assert found[4] == ("di@example.com", None, None, True)
    assert rows(built, "zip_code, address", "dim_school") == [("02108", "1 Main St, East"), ("73301", "2 Main St")]


def test_a_code_counts_for_48_full_hours(built: Workbench) -> None:
    assert rows(built, "referral_id, within_48h_window", "fct_referral") == [
        (101, True), (102, True), (103, False), (104, True), (105, None), (106, None), (107, None)
    ]  # fmt: skip


def test_what_qualifies_is_the_earlier_of_a_purchase_and_a_school_and_either_is_enough(built: Workbench) -> None:
    columns = "referral_id, date_format(qualifying_action_at, 'yyyy-MM-dd HH:mm:ss') AS at"
    assert rows(built, columns, "fct_referral") == [
        (101, "2024-01-04 00:00:00"),  # linked a day before the first purchase
        (102, "2024-01-02 23:59:59"),
        (103, "2024-01-04 00:00:00"),
        (104, None),
        (105, "2024-01-04 00:00:00"),
        (106, None),
        (107, None),
    ]


def test_a_referral_is_eligible_once_all_is_done_in_time(built: Workbench) -> None:
    assert rows(built, "referral_id, eligible_referral, is_self_referral", "fct_referral") == [
        (101, True, False),
        (102, True, False),
        (103, False, False),  # too late
        (104, False, True),  # nothing done, and the device of the referrer
        (105, False, False),  # no code, which is no maybe
        (106, False, True),  # the referrer's own email, in other letters
        (107, False, False),
    ]


def test_a_reward_is_one_row_however_often_it_was_written(built: Workbench) -> None:
    columns = "referral_id, user_id, reward_type, day(awarded_at) AS awarded_on, day(redeemed_at) AS redeemed_on"
    assert rows(built, columns, "fct_rewards", "1, 2") == [
        (101, 1, "referrer_bonus", 4, 8),
        (101, 2, "referred_bonus", 5, None),
        (103, 4, None, 5, 6),  # of no type, and still the one that was redeemed
    ]
    ids = {
        md5(text.encode(), usedforsecurity=False).hexdigest()
        for text in ("101|1|referrer_bonus", "101|2|referred_bonus", "103|4|")
    }
    assert {row[0] for row in rows(built, "reward_id", "fct_rewards")} == ids


def test_rewards_are_outstanding_from_the_day_they_are_given_to_that_of_their_redemption(built: Workbench) -> None:
    assert rows(built, "reward_type, day, awarded, redeemed, outstanding", "reward_day", "1, 2") == [
        ("referred_bonus", date(2024, 1, 5), 1, 0, 1),
        ("referrer_bonus", date(2024, 1, 4), 1, 0, 1),
        ("referrer_bonus", date(2024, 1, 8), 0, 1, 0),
    ]


def test_the_network_counts_who_brought_whom_and_how_deep(built: Workbench) -> None:
    columns = "user_id, came_by_user_id, invites_sent, users_brought, degree, depth"
    assert rows(built, columns, "network_user") == [
        (1, None, 3, 2, 2, 0), (2, 1, 2, 1, 2, 1), (3, 1, 1, 1, 2, 1), (4, 2, 1, 0, 1, 2), (5, None, 0, 0, 0, 0), (6, 3, 0, 0, 1, 2)
    ]  # fmt: skip
    assert rows(built, "depth, users, invites_sent, users_brought, k_factor", "network_depth") == [
        (0, 2, 3, 2, 1.0), (1, 2, 3, 2, 1.0), (2, 2, 1, 0, 0.0)
    ]  # fmt: skip


def test_the_k_factor_is_of_the_month_of_sign_up(built: Workbench) -> None:
    columns = "cohort_month, users, active_users, invites_sent, users_brought, k_factor, k_factor_proxy"
    assert rows(built, columns, "network_cohort") == [
        (date(2023, 12, 1), 1, 1, 3, 2, 2.0, 2.0),
        (date(2024, 1, 1), 5, 0, 4, 2, 0.4, None),
    ]


def test_a_line_of_the_network_names_whom_it_brought_and_oneself_is_nobody(built: Workbench) -> None:
    assert rows(built, "referral_id, referrer_user_id, referred_user_id, converted_at IS NULL", "network_edge") == [
        (101, 1, 2, False), (102, 1, 3, False), (103, 2, 4, False), (104, 2, None, True), (105, 3, 6, False),
        (106, 1, None, True), (107, 4, None, True),
    ]  # fmt: skip


def test_retention_is_of_months_that_are_over_and_of_purchases_after_sign_up(built: Workbench) -> None:
    """The last purchase is of 6 January, so that January is not over; in December Ada bought, before she had signed up."""
    columns = "cohort_month, months_since, month, users, active_users, retention"
    assert rows(built, columns, "retention_cohort") == [(date(2023, 12, 1), 0, date(2023, 12, 1), 1, 0, 0.0)]


def test_a_school_s_conversion_is_of_the_invitations_of_its_users(built: Workbench) -> None:
    columns = "school_id, users, invites_sent, clicked, converted, earned, conversion_rate"
    assert rows(built, columns, "network_school") == [(10, 4, 5, 5, 4, 2, 0.8), (20, 1, 1, 1, 1, 0, 1.0)]


def test_devices_of_three_users_are_clusters(built: Workbench) -> None:
    assert rows(built, "device_id, users, first_user_id, schools, rewards", "device_cluster") == [
        ("phone-b", 3, 2, 1, 1)
    ]


def test_signals_name_who_is_to_be_looked_into(built: Workbench) -> None:
    columns = "user_id, users_of_cluster, self_referrals, most_invites_in_a_day, purchases_before_sign_up, rewards_not_earned, rewards_outstanding"
    assert rows(built, columns, "trust_signal") == [
        (1, 0, 1, 3, 1, 0, 0),  # refers herself, and bought before she signed up
        (2, 3, 1, 2, 0, 0, 1),
        (4, 0, 0, 1, 0, 1, 0),  # a reward for a code that was used too late
        (5, 3, 0, 0, 0, 0, 0),
        (6, 3, 0, 0, 0, 0, 0),
    ]
