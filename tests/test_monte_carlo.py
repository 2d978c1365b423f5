"""Monte Carlo: rules above functions are registered as they stand, again after a failure, and twice without harm."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from boathouse.environment import CatalogConfig, EnvironmentConfig, SparkConfig
from boathouse.errors import EngineError, UnknownName, UserError
from boathouse.monitoring.http_post import Retry, checked_address
from boathouse.monitoring.monte_carlo import MonteCarloSync, monte_carlo_rule

KEY = "id-1:s3cr3t-of-mine"
FILES = {
    "transformations/__init__.py": "",
    "transformations/silver.py": """\
from boathouse.monitoring.monte_carlo import monte_carlo_rule

@monte_carlo_rule(rule_type="freshness", threshold_hours=24, severity="high")
def create_silver_customers(spark):
    \"\"\"Transform bronze to silver customers\"\"\"
    return f"made by {spark}"

@monte_carlo_rule(rule_type="custom_sql", sql="SELECT count(*) FROM a.b.c WHERE x < 0", table="a.b.c")
def check(spark):
    return None
""",
    "transformations/gold/__init__.py": "from transformations.silver import create_silver_customers\n",
    "transformations/gold/customer_360.py": """\
from boathouse.monitoring.monte_carlo import monte_carlo_rule

@monte_carlo_rule(rule_type="volume", threshold_change_percent=20, severity="medium")
def create_gold_customer_360(spark):
    return spark
""",
}


@dataclass
class Account:
    """Monte Carlo as far as it is asked: it answers with the codes of its script first, and then keeps what it is sent."""

    url: str = ""
    script: list[int] = field(default_factory=list)
    pending: int = 1  # how often an update is not done yet
    refuses: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    changes: list[dict[str, str]] = field(default_factory=list)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        given = body["variables"]
        if "updateUuid" in given:
            self.pending -= 1
            state = "PENDING" if self.pending >= 0 else "APPLIED"
            return {"getMonteCarloConfigTemplateUpdateState": {"state": state, "errorsAsJson": "{}", "resourceModifications": self.changes}}  # fmt: skip
        sent = {one["name"]: one for kind in json.loads(given["configTemplateJson"]).values() for one in kind}
        before = self.kept.get(given["namespace"], {})
        self.changes = [
            {"type": "CREATE" if name not in before else "UPDATE", "description": name}
            for name, one in sent.items()
            if before.get(name) != one
        ]
        self.changes += [{"type": "DELETE", "description": name} for name in before if name not in sent]
        self.kept[given["namespace"]] = sent
        response = {"updateUuid": "u-1", "errorsAsJson": json.dumps(self.refuses)}
        return {"createOrUpdateMonteCarloConfigTemplateAsync": {"response": response}}


@pytest.fixture
def account() -> Iterator[Account]:
    here = Account()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.headers.append({name.lower(): value for name, value in self.headers.items()})
            code = here.script.pop(0) if here.script else 200
            data = json.dumps({"data": here.answer(body)} if code == 200 else {"oops": code}).encode()
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        here.url = f"http://127.0.0.1:{server.server_port}/graphql"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for path, text in FILES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "transformations"
    for name in [name for name in sys.modules if name.split(".")[0] == "transformations"]:
        del sys.modules[name]


def dev(**settings: str) -> EnvironmentConfig:
    catalog = CatalogConfig(name="analytics", schema_="customer_360")
    return EnvironmentConfig(
        environment="dev", spark=SparkConfig(app_name="x"), catalog=catalog, monte_carlo={"api_key": KEY, **settings}
    )


def syncing(account: Account, waits: list[float] | None = None, **options: Any) -> MonteCarloSync:
    waited = waits if waits is not None else []
    config = dev(api_endpoint=account.url)
    return MonteCarloSync(config=config, retry=Retry(attempts=4, pause=0.5, sleep=waited.append), **options)


# ---- the decorator --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("module")
def test_a_function_with_a_rule_is_the_function_it_was() -> None:
    import transformations.silver as made  # type: ignore[import-not-found]

    assert made.create_silver_customers("spark") == "made by spark"
    assert made.create_silver_customers.__doc__ == "Transform bronze to silver customers"

    def bare(x: int) -> int:
        return x + 1

    assert monte_carlo_rule(rule_type="freshness", threshold_hours=1, table="silver.x")(bare) is bare


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rule_type": "freshnes", "threshold_hours": 1}, "there is no rule type `freshnes`; did you mean `freshness`?"),
        ({"rule_type": "volume", "threshold_change_percent": 1, "severity": "hi"}, "there is no severity `hi`"),
        ({"rule_type": "freshness"}, "a freshness rule wants threshold_hours"),
        ({"rule_type": "volume", "threshold_change_percent": -5}, "larger than 0"),
        ({"rule_type": "volume", "threshold_change_percent": 5, "threshold_hours": 1}, "a volume rule has no threshold_hours"),
        ({"rule_type": "custom_sql"}, "a custom_sql rule wants sql"),
    ],
)  # fmt: skip
def test_a_rule_is_checked_where_it_is_written(given: dict[str, Any], says: str) -> None:
    with pytest.raises((UserError, UnknownName)) as wrong:
        monte_carlo_rule(**given)
    assert says in str(wrong.value)


# ---- registering ----------------------------------------------------------------------------------------------------


def test_the_rules_of_a_module_and_of_those_below_it_are_registered_as_monitors(account: Account, module: str) -> None:
    done = syncing(account).register_rules_from_module(module)

    assert [rule.table for rule in done.rules] == ["gold.customer_360", "a.b.c", "silver.customers"]
    assert done.sent
    assert [change.split(":")[0] for change in done.changes] == ["CREATE"] * 4
    kept = account.kept["transformations"]
    fresh = kept["transformations_silver_create_silver_customers_freshness"]
    assert fresh["priority"] == "P2"
    assert fresh["sql"].splitlines()[1:] == [
        "FROM `dev_analytics`.information_schema.tables",
        "WHERE table_schema = 'customer_360_silver' AND table_name = 'customers'",
    ]
    assert fresh["alert_conditions"] == [{"type": "threshold", "operator": "GT", "threshold_value": 24}]
    volume = "transformations_gold_customer_360_create_gold_customer_360_volume"
    assert [kept[f"{volume}_{side}"]["alert_conditions"][0]["threshold_value"] for side in ("more", "fewer")] == [
        20,
        -20,
    ]
    assert kept[f"{volume}_more"]["sql"] == "SELECT count(*) FROM `dev_analytics`.`customer_360_gold`.`customer_360`"
    sent = {(header["x-mcd-id"], header["x-mcd-token"]) for header in account.headers}
    assert sent == {("id-1", "s3cr3t-of-mine")}


def test_a_second_time_changes_nothing_and_a_rule_that_is_gone_goes(
    account: Account, module: str, tmp_path: Path
) -> None:
    syncing(account).register_rules_from_module(module)
    assert syncing(account).register_rules_from_module(module).changes == ()

    (tmp_path / "transformations" / "gold" / "customer_360.py").unlink()
    del sys.modules["transformations.gold.customer_360"]
    changes = syncing(account).register_rules_from_module(module).changes
    assert sorted(change.split(":")[0] for change in changes) == ["DELETE", "DELETE"]


def test_a_dry_run_sends_nothing_and_says_what_it_would(account: Account, module: str) -> None:
    told = syncing(account, dry_run=True).register_rules_from_module(module)

    assert account.asked == []
    assert not told.sent
    assert len(told.monitors["custom_sql"]) == 4


def test_a_failure_for_a_while_is_waited_for_longer_and_longer(account: Account, module: str) -> None:
    account.script, account.pending = [429, 503, 200], 0
    waits: list[float] = []

    assert syncing(account, waits).register_rules_from_module(module).sent
    assert waits == [0.5, 1.0]


def test_a_server_that_never_answers_is_an_error_of_the_system(account: Account, module: str) -> None:
    account.script = [500] * 9
    with pytest.raises(EngineError, match=r"127\.0\.0\.1: it answers 500, 4 times; try again later") as failed:
        syncing(account).register_rules_from_module(module)
    assert "s3cr3t" not in f"{failed.value!r} {failed.value}"

    account.url = "http://127.0.0.1:1/graphql"
    with pytest.raises(EngineError, match="it cannot be reached"):
        syncing(account).register_rules_from_module(module)


@pytest.mark.parametrize(("code", "says"), [(401, "refuses the key"), (400, "answers 400"), (302, "answers 302")])
def test_what_will_not_get_better_is_not_tried_again(account: Account, module: str, code: int, says: str) -> None:
    """A redirect is one of them: the key would go along."""
    account.script = [code] * 3
    with pytest.raises(UserError, match=says):
        syncing(account).register_rules_from_module(module)
    assert len(account.headers) == 1


def test_monitors_that_are_refused_are_told_of(account: Account, module: str) -> None:
    account.refuses = {"validation_errors": {"custom_sql": {"0": ["no such warehouse"]}}}
    with pytest.raises(UserError, match=r"refuses the monitors: .*no such warehouse"):
        syncing(account).register_rules_from_module(module)


def test_an_update_that_takes_its_time_is_waited_for(account: Account, module: str) -> None:
    account.pending = 3
    waits: list[float] = []
    assert syncing(account, waits).register_rules_from_module(module).sent
    assert waits == [0.5, 1.0, 2.0]


@pytest.mark.usefixtures("module")
def test_a_module_without_rules_removes_none(account: Account) -> None:
    with pytest.raises(UserError, match="no function of `json` has a rule"):
        syncing(account).register_rules_from_module("json")
    with pytest.raises(UserError, match="the module `transformatoins` cannot be imported"):
        syncing(account).register_rules_from_module("transformatoins")
    assert account.asked == []


def test_a_rule_says_of_which_table_it_is(
    account: Account, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no project
    with pytest.raises(UserError, match="does not say of which table"):
        MonteCarloSync(KEY, endpoint=account.url).register_rules_from_module(module)


def test_within_a_project_its_environment_is_the_one_that_is_meant(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boathouse.yml").write_text("name: shop\ncatalog: sales\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for environment, catalog in (("", "local_sales"), ("dev", "dev_sales")):
        monkeypatch.setenv("BOATHOUSE_ENV", environment)
        told = MonteCarloSync(KEY, dry_run=True).register_rules_from_module(module)
        assert f"FROM `{catalog}`.`shop_gold`.`customer_360`" in str(told.monitors)


# ---- the key --------------------------------------------------------------------------------------------------------


def test_the_key_is_never_shown(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MC_API_KEY", "s3cr3t-of-mine")
    monkeypatch.setenv("MC_API_ID", "id-1")
    for sync in (MonteCarloSync(KEY), MonteCarloSync(), syncing(account)):
        assert "s3cr3t" not in f"{sync} {sync!r} {vars(sync)}"


def test_a_key_has_two_parts(account: Account, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MC_API_KEY", "MC_API_ID", "MC_API_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for key in (None, "", "secret", ":secret", "id:"):
        sync = MonteCarloSync(key, config=dev(api_key="", api_endpoint=account.url))
        with pytest.raises(UserError, match="a key of two parts"):
            sync.register_rules_from_module(module)


@pytest.mark.parametrize("url", ["http://api.getmontecarlo.com", "ftp://x", "", "https://", "http://127.0.0.1.evil.com/", "file:///etc/passwd"])  # fmt: skip
def test_a_key_travels_over_https_alone(url: str) -> None:
    with pytest.raises(UserError, match="is no address that a key may be sent to"):
        checked_address(url)


def test_this_machine_may_be_asked_without_https() -> None:
    for url in (
        "http://localhost:1/x",
        "http://127.0.0.1/x",
        "http://[::1]:8/x",
        "https://api.getmontecarlo.com/graphql",
    ):
        assert checked_address(url) == url
