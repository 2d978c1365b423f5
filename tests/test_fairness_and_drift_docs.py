"""What the pages on fairness and drift show is run: Python as it is typed, rules of contracts in a project that they block."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from boathouse import yaml_file
from boathouse.errors import CheckFailed, UserError
from boathouse.workbench import Workbench
from projects import project

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("page", ["fairness", "drift"])
def test_a_page_shows_what_happens(page: str) -> None:
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    found = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, optionflags=options, encoding="utf-8")
    assert found.attempted >= 7
    assert found.failed == 0


def rules(page: str) -> str:
    """Take the rules of a page's contract."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return text.split("```yaml\n", 1)[1].split("```", 1)[0]


def claims(*, flagged_women: int = 30, amount: int = 1, kind: str = "auto") -> str:
    rows = [("F", at < flagged_women, at * amount, kind if at else "auto") for at in range(100)]
    rows += [("M", at < 30, at * amount, "auto") for at in range(100)]
    return "gender,is_flagged,age,amount,kind\n" + "".join(
        f"{gender},{str(flagged).lower()},50,{cents},{of}\n" for gender, flagged, cents, of in rows
    )


def bench(root: Path, page: str, now: str) -> Workbench:
    bronze = "source: {{format: csv, path: raw/{}.csv}}\n"
    silver = "reads: bronze.{}\nsteps: [{{step: cast, columns: {{is_flagged: boolean, age: int, amount: double}}}}]\n"
    return project(root, {
        "raw/now.csv": now, "raw/claims_2025.csv": claims(), "tables/bronze/now.yml": bronze.format("now"),
        "tables/bronze/claims_2025.yml": bronze.format("claims_2025"), "tables/silver/claims_2025.yml": silver.format("claims_2025"),
        "tables/silver/now.yml": silver.format("now") + rules(page),
    })  # fmt: skip


@pytest.mark.parametrize("page", ["fairness", "drift"])
def test_rows_that_keep_the_rules_are_released(tmp_path: Path, page: str) -> None:
    made = bench(tmp_path / "claims", page, claims())
    assert set(yaml_file.parse(rules(page), "t.yml").data["contract"]["fail"]) <= {
        "fair",
        "fair_by_age",
        "amounts",
        "kinds",
    }
    made.run()
    made.release()


@pytest.mark.parametrize(("page", "now", "said"), [
    ("fairness", claims(flagged_women=10), r"`fair` .*does not hold: 0\.3333"),
    ("fairness", claims(flagged_women=0), r"`fair` .*does not hold: 0\.0"),
    ("drift", claims(amount=3), "`amounts` .*does not hold: "),
    ("drift", claims(kind="boat"), "`kinds` .*does not hold: 99"),
])  # fmt: skip
def test_rows_that_break_one_block_the_table_and_the_release(tmp_path: Path, page: str, now: str, said: str) -> None:
    made = bench(tmp_path / "claims", page, now)
    with pytest.raises(CheckFailed, match=said):
        made.run()
    with pytest.raises((CheckFailed, UserError)):
        made.release()
