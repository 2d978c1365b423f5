"""boathouse contract: what a person and a program are told of contracts that leave, come and are learned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projects import project, write
from terminal import Terminal, is_one_error

FILES = {
    "raw/orders.csv": "id,amount\n" + "".join(f"O{n:02d},{n % 9 + 1}\n" for n in range(20)),
    "tables/bronze/orders.yml": "source: {format: csv, path: raw/orders.csv}\n",
    "tables/silver/orders.yml": """\
reads: bronze.orders
steps:
  - {step: cast, columns: {amount: int}}
contract:
  drop: {positive: amount > 0}
""",
}
FOREIGN = """\
apiVersion: v3.1.0
kind: DataContract
id: o
version: 1.0.0
schema:
  - name: silver.orders
    properties:
      - {name: id, logicalType: string, unique: true}
      - {name: amount, logicalType: integer, quality: [{metric: nullValues, mustBeLessThan: 3}]}
team: [{username: ada}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    bench = project(tmp_path / "shop", FILES)
    write(bench.project.root, {"o.odcs.yaml": FOREIGN})
    bench.run()
    return bench.project.root


def test_an_export_names_its_file_and_what_only_we_read_in_it(boathouse: Terminal, shop: Path) -> None:
    answer = boathouse("contract", "export", "silver.orders", "--project", shop)
    assert answer.code == 0
    assert answer.out.startswith(f"{shop}/dist/odcs/shop-silver_orders.odcs.yaml\n\nsaid in words of our own")
    assert "the standard has no quarantine" in answer.out

    told = json.loads(boathouse("contract", "export", "--out", shop / "all.yaml", "--json", "--project", shop).out)
    assert told == {
        "file": f"{shop}/all.yaml", "apiVersion": "v3.2.0", "tables": ["bronze.orders", "silver.orders"],
        "unsaid": [{"table": "silver.orders", "rule": "positive", "says": "the standard has no quarantine: others see a rule that must hold"}],
    }  # fmt: skip


def test_an_import_lists_what_is_not_held(boathouse: Terminal, shop: Path) -> None:
    answer = boathouse("contract", "import", shop / "o.odcs.yaml", "--json", "--project", shop)
    (told,) = json.loads(answer.out)["tables"]
    file = f"{shop}/o.odcs.yaml"
    assert told == {
        "table": "silver.orders", "file": f"{shop}/tables/silver/orders.yml", "changed": True,
        "columns": {"id": "string", "amount": "bigint"}, "fail": {"id_unique": "unique(id)"},
        "not_held": [
            {"what": "quality of amount {metric: nullValues, mustBeLessThan: 3}", "why": "no check counts nullValues that are < 3", "where": f"{file}:9:56"},
            {"what": "team", "why": "it asks nothing of rows", "where": f"{file}:10:1"},
            {"what": "the rule positive (amount > 0)", "why": "the file does not have it, so it leaves the contract", "where": None},
        ],
    }  # fmt: skip
    again = boathouse("contract", "import", shop / "o.odcs.yaml", "--project", shop)
    assert again.out.startswith("silver.orders: 2 columns, 1 rules, as they were\n\nnot held")


def test_a_learned_contract_is_shown_as_yaml_and_written_when_asked(boathouse: Terminal, shop: Path) -> None:
    shown = boathouse("contract", "learn", "silver.orders", "--project", shop)
    assert shown.out.startswith(
        "# silver.orders, learned from the rows of silver.orders\ncontract:\n  key: [id]\n  columns:\n    id: string not null\n"
    )
    assert "boathouse contract learn silver.orders --write" in shown.out

    told = json.loads(boathouse("contract", "learn", "silver.orders", "--write", "--json", "--project", shop).out)
    assert (told["table"], told["written"], told["contract"]["key"]) == ("silver.orders", True, ["id"])
    assert told["contract"]["warn"]["amount_between"] == "between(amount, 0, 9)"
    assert "    amount_between: between(amount, 0, 9)\n" in (shop / "tables/silver/orders.yml").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(("words", "says"), [
    (["import", "nofile.yaml"], "there is no file nofile.yaml"),
    (["import", "boathouse.yml"], "boathouse.yml:1:1: this is no data contract"),
    (["import", "o.odcs.yaml", "--table", "silver.oders"], "there is no table `silver.oders`; did you mean `silver.orders`?"),
    (["export", "silver.oders"], "did you mean `silver.orders`?"), (["learn", "orders"], "`orders` is no table name; write layer.table"),
])  # fmt: skip
def test_mistakes(
    boathouse: Terminal, shop: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(shop)
    answer = boathouse("contract", *words)
    assert (answer.code, answer.out, is_one_error(answer.err)) == (2, "", True), answer.err
    assert says in answer.err


def test_alone_it_says_what_there_is(boathouse: Terminal) -> None:
    answer = boathouse("contract")
    assert (answer.code, answer.err) == (0, "")
    assert "learn" in answer.out
