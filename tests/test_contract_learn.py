"""A contract learned from rows holds on these rows, leaves their dirt out, and keeps what a person wrote."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse.contract_learn import shape_of
from boathouse.contract_lesson import Learned
from boathouse.errors import UserError
from boathouse.workbench import Workbench
from projects import project

ROWS = 60
SOUND: dict[str, list[Any]] = {
    "code": [f"C{number:04d}" for number in range(ROWS)],
    "mail": [f"someone{number}@example.com" for number in range(ROWS)],
    "plan": [("basic", "pro", "max")[number % 3] for number in range(ROWS)],
    "age": [20 + number % 40 for number in range(ROWS)],
    "note": [None if number % 10 == 0 else f"something said {number}" for number in range(ROWS)],
}
TYPES = "{code: string, mail: string, plan: string, age: int, note: string}"


def shop(folder: Path, columns: dict[str, list[Any]], steps: str = "[]", contract: str = "") -> Workbench:
    bench = project(folder, {
        "tables/bronze/t.yml": "source: {format: csv, path: raw/t.csv}\n",
        "tables/silver/t.yml": f"# mine\nreads: bronze.t\nsteps: {steps}\n{contract}",
    })  # fmt: skip
    (folder / "raw").mkdir()
    with (folder / "raw/t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return bench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    made = shop(tmp_path / "shop", SOUND, "[{step: cast, columns: {age: int}}]")
    made.run()
    return made


def rules(learned: Learned) -> list[str]:
    return sorted(rule.written for rule in learned.contract.rules)


def test_a_contract_is_learned_from_the_rows_of_a_table(bench: Workbench) -> None:
    assert bench.learn_contract("silver.t").yaml == """\
contract:
  key: [code]
  columns:
    code: string not null
    mail: string not null
    plan: string not null
    age: int not null
    note: string
  warn:
    plan_accepted: accepted(plan, 'basic', 'max', 'pro')
    age_between: between(age, 0, 60)
    code_matches: matches(code, '[A-Z][0-9]{4}')
    mail_matches: matches(mail, '[^@\\\\s]+@[^@\\\\s]+\\\\.[A-Za-z]{2,}')
    note_null_share: null_share(note) <= 0.13
    row_count: row_count() >= 30
    mail_unique: unique(mail)
"""  # fmt: skip


def test_what_explore_found_in_a_file_is_what_a_bronze_table_learns(bench: Workbench) -> None:
    bench.explore([bench.project.root / "raw"])
    learned = bench.learn_contract("bronze.t")
    assert learned.learned_from == "the findings of raw/t.csv"
    assert learned.contract.key == ("code",)
    assert "accepted(plan, 'basic', 'max', 'pro')" in rules(learned)


def test_a_table_that_is_not_built_has_no_rows_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"silver\.t is not built yet.*boathouse run silver\.t"):
        shop(tmp_path / "p", SOUND).learn_contract("silver.t")


@pytest.mark.parametrize(("column", "values", "why"), [
    ("plan", ["basic", "pro"] * 299 + ["prro", "N/A"], "stand for nothing"),
    ("plan", ["basic", "pro"] * 299 + ["prro", "pro"], "`prro` is rare"),
    ("plan", ["basic", "Basic", "pro"] * 200, "written in several ways"),
    ("age", [*(20 + n % 40 for n in range(599)), -999], "stand for nothing"),
    ("age", [*(20 + n % 40 for n in range(599)), 5000], "from 20 to 5000, far from most"),
])  # fmt: skip
def test_dirt_is_not_learned(tmp_path: Path, column: str, values: list[Any], why: str) -> None:
    """A rule that allows `prro` and ages of -999 is worse than none."""
    columns = {"id": [f"r{number:05d}" for number in range(len(values))], column: values}
    bench = shop(tmp_path / "p", columns, "[{step: cast, columns: {age: int}}]" if column == "age" else "[]")
    bench.run()
    learned = bench.learn_contract("silver.t")
    assert [left.what for left in learned.not_learned] == [f"the values of {column}"]
    assert why in learned.not_learned[0].why
    assert [text for text in rules(learned) if column in text] == []


def test_few_rows_teach_nothing_but_types(tmp_path: Path) -> None:
    bench = shop(tmp_path / "p", {name: values[:5] for name, values in SOUND.items()})
    bench.run()
    learned = bench.learn_contract("silver.t")
    assert (learned.contract.key, learned.contract.rules) == ((), ())
    assert "5 rows are too few" in learned.not_learned[0].why
    assert learned.contract.columns is not None
    assert all(column.nullable for column in learned.contract.columns)


def test_a_reference_is_learned_where_there_is_no_orphan(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", {
        "raw/users.csv": "user_id,name\n" + "".join(f"U{n:03d},name {n}\n" for n in range(50)),
        "raw/orders.csv": "order_id,user_id\n" + "".join(f"O{n:03d},U{n % 40:03d}\n" for n in range(90)),
        **{f"tables/bronze/{name}.yml": f"source: {{format: csv, path: raw/{name}.csv}}\n" for name in ("users", "orders")},
        **{f"tables/silver/{name}.yml": f"reads: bronze.{name}\n" for name in ("users", "orders")},
    })  # fmt: skip
    bench.explore([bench.project.root / "raw"])
    bench.run()
    assert "references(user_id, silver.users)" in rules(bench.learn_contract("silver.orders", write=True))
    bench.run()


def test_what_is_ingested_keeps_what_arrived_and_has_no_contract(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", {
        "landing/a.csv": "plan\n" + "a\nb\n" * 20,
        "tables/bronze/t.yml": "source: {format: csv, path: landing}\n",
        "tables/silver/t.yml": "reads: bronze.t\n",
    })  # fmt: skip
    bench.run()
    with pytest.raises(UserError, match=r"bronze\.t is ingested .* a silver table"):
        bench.learn_contract("bronze.t")
    assert rules(bench.learn_contract("silver.t", write=True)) == ["accepted(plan, 'a', 'b')", "row_count() >= 20"]

    ingested, silver = bench.import_contracts(bench.export_contracts("all").file)
    assert (ingested.changed, silver.changed) == (False, False)
    assert "keeps what arrived" in ingested.imported.unheld[-1].why
    bench.plan()


# ---- written ----------------------------------------------------------------------------------------------------------------


MINE = """\
contract:
  key: [mail]  # as agreed
  columns: {code: string, mail: string, plan: string, age: int, note: string}
  fail:
    # never forget
    plans: accepted(plan, 'basic', 'max', 'pro')  # all three
"""


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    bench = shop(tmp_path / "p", SOUND, "[{step: cast, columns: {age: int}}]", MINE)
    bench.run()
    learned = bench.learn_contract("silver.t", write=True)
    text = learned.file.read_text(encoding="utf-8")
    assert text.startswith(
        f"# mine\nreads: bronze.t\nsteps: [{{step: cast, columns: {{age: int}}}}]\n{MINE}  warn:\n    age_between: between(age, 0, 60)\n"
    )
    assert text.count("accepted(plan") == 1
    bench.learn_contract("silver.t", write=True)
    assert learned.file.read_text(encoding="utf-8") == text


def test_nothing_is_written_unasked(bench: Workbench) -> None:
    before = (bench.project.root / "tables/silver/t.yml").read_text(encoding="utf-8")
    assert not bench.learn_contract("silver.t").written
    assert (bench.project.root / "tables/silver/t.yml").read_text(encoding="utf-8") == before


# ---- it holds -----------------------------------------------------------------------------------------------------------------


def column(kind: str, random: Random, rows: int) -> list[Any]:
    """Make a column of one kind, with a tenth of it missing or odd at times."""
    makes: dict[str, Any] = {
        "category": lambda: random.choice(["a", "b ", "B", "no", "?", "it's"][: random.randint(1, 6)]),
        "number": lambda: random.choice([random.randint(-5, 5), random.randint(0, 10**random.randint(0, 17)), 0.3, -999]),
        "small": lambda: random.randint(1, 9) / 10,
        "code": lambda: f"{random.choice('AB')}{random.randint(0, 10**4):04d}{random.choice(['', '', 'x'])}",
        "mail": lambda: f"{random.choice('abc')}{random.randint(0, 999)}@x.org" + random.choice(["", "", " ", ";y@z.de"]),
        "day": lambda: date(2024, 1, 1) + timedelta(random.randint(0, 400)),
        "text": lambda: "".join(random.choices("aé 漢'\"\\,😀", k=random.randint(0, 6))),
    }  # fmt: skip
    made = [makes[kind]() for _ in range(rows)]
    return [None if random.random() < 0.1 else value for value in made] if random.random() < 0.5 else made


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(
        st.sampled_from(["category", "number", "small", "code", "mail", "day", "text"]), min_size=1, max_size=5
    ),
    rows=st.integers(1, 80),
    seed=st.integers(0, 2**32),
)
def test_a_learned_contract_holds_on_the_rows_that_it_was_learned_from(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], rows: int, seed: int
) -> None:
    random = Random(seed)
    columns = {"id": [f"r{n:04d}" for n in range(rows)]} | {
        f"x{at}": column(kind, random, rows) for at, kind in enumerate(kinds)
    }
    numbers = [f"x{at}: double" for at, kind in enumerate(kinds) if kind in ("number", "small")]
    bench = shop(
        tmp_path_factory.mktemp("any") / "p",
        columns,
        f"[{{step: cast, columns: {{{', '.join(numbers)}}}}}]" if numbers else "[]",
    )
    bench.explore([bench.project.root / "raw"])
    bench.run()
    for table in ("bronze.t", "silver.t"):
        bench.learn_contract(table, write=True)
    run = bench.run()
    assert [warning for table in run.tables for warning in table.warnings] == []
    assert all(rule.holds for table in run.tables for rule in table.rules)


@pytest.mark.parametrize(("example", "pattern"), [
    ("AB-1234", "[A-Z]{2}\\-[0-9]{4}"), ("C1x", "[A-Z][0-9][a-z]"), ("a.b c", "[a-z]\\.[a-z]\\ [a-z]"), ("é1", "é[0-9]"),
])  # fmt: skip
def test_the_pattern_of_a_code(example: str, pattern: str) -> None:
    assert shape_of(example) == pattern
