"""A/B test: the same model for a user in every process, and what outcomes say of the two."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from boathouse.ab_test import ABTest, Arm, compared
from boathouse.errors import UserError

TEST = ABTest("scores", control="catboost", treatment="xgboost")


def test_a_user_has_the_same_model_in_every_process() -> None:
    asked = "from boathouse.ab_test import ABTest; t = ABTest('scores', 'a', 'b'); print(''.join(t.route(u) for u in range(64)))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", asked],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert {"a", "b"} == set(answers.pop().strip())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_share_is_that_which_was_asked_for(share: float) -> None:
    test = ABTest("scores", "a", "b", share)
    assert sum(test.route(user) == "b" for user in range(20_000)) / 20_000 == pytest.approx(share, abs=0.01)


def test_two_tests_part_the_same_users_differently() -> None:
    other = ABTest("thresholds", "catboost", "xgboost")
    same = sum(TEST.route(user) == other.route(user) for user in range(10_000))
    assert same / 10_000 == pytest.approx(0.5, abs=0.02)


def test_known_answers() -> None:
    """Newcombe's own example (1998, table II, method 10): 56/70 against 48/80 is .0524 to .3339."""
    found = compared(Arm("b", 80, 48), Arm("a", 70, 56))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.winner == "a"
    assert found.p_value == pytest.approx(0.0080, abs=0.0002)


def test_who_wins_by_chance_alone_does_not_win() -> None:
    found = compared(Arm("a", 100, 10), Arm("b", 100, 12))
    assert found.winner == ""
    assert found.low < 0 < found.high


def test_the_control_wins_where_the_treatment_does_harm() -> None:
    assert compared(Arm("a", 1_000, 500), Arm("b", 1_000, 300)).winner == "a"


def test_nothing_happened_to_anyone() -> None:
    found = compared(Arm("a", 50, 0), Arm("b", 50, 0))
    assert (found.p_value, found.winner) == (1.0, "")


def test_an_arm_without_users_is_refused() -> None:
    only = next(user for user in range(100) if TEST.route(user) == "catboost")
    with pytest.raises(UserError, match="nobody had xgboost"):
        TEST.analyze({only: True})


def test_a_share_that_leaves_nobody_is_refused() -> None:
    with pytest.raises(UserError, match="leaves nobody"):
        ABTest("scores", "a", "b", 1.0)
