"""Settings: what they are and whence, what nobody gets to see of them, and the sessions that they make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boathouse.environment_file import ConfigLoader
from boathouse.errors import UserError
from boathouse.workbench import Workbench
from projects import project, write
from terminal import SOURCE, Terminal, is_one_error


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "churn").project.root


# ---- settings and where they came from ------------------------------------------------------------------------------


def test_config_says_where_each_value_came_from(
    root: Path, boathouse: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, {
        "config/defaults.yaml": "spark:\n  config:\n    spark.sql.shuffle.partitions: 8\n    spark.a: 1\n",
        "config/dev.yaml": "catalog: {name: sales}\nspark:\n  config: {spark.sql.shuffle.partitions: 16}\n",
    })  # fmt: skip
    monkeypatch.setenv("BOATHOUSE__catalog__schema", "mine")
    answer = boathouse("config", "--env", "dev", "--set", "spark.config.spark.b.c=2", "--json", "--project", root)
    told = json.loads(answer.out)
    assert [list(each.values()) for each in told["settings"]] == [
        ["catalog.name", "sales", "config/dev.yaml:1"],
        ["catalog.schema", "mine", "BOATHOUSE__catalog__schema"],
        ["spark.app_name", "churn-dev", "boathouse.yml"],
        ["spark.config.spark.a", 1, "config/defaults.yaml:4"],
        ["spark.config.spark.b.c", "2", "--set spark.config.spark.b.c"],
        ["spark.config.spark.sql.shuffle.partitions", 16, "config/dev.yaml:3"],
    ]
    assert told["names"] == {
        "in Unity Catalog": "dev_sales.mine_{layer}.{table}", "in notebooks": "dev_sales.mine.{layer}_{table}",
        "in the lake": "lake/dev_churn_{layer}/{table}",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("catalog.nmae=x", "--set catalog.nmae: unknown key `nmae`; did you mean `name`?"),
        ("catalog.name", "--set catalog.name is no setting; write --set catalog.name=analytics"),
        ("=x", "--set =x is no setting"),
        ("catalog=x", "--set catalog: `catalog`: expected `key: value` pairs"),
        ("catalog.name=a b", "--set catalog.name: `catalog.name`: expected letters, digits and underscores"),
    ],
)
def test_a_setting_that_is_none(root: Path, boathouse: Terminal, option: str, says: str) -> None:
    answer = boathouse("plan", "--set", option, "--project", root)
    assert (answer.code, is_one_error(answer.err)) == (2, True), answer.err
    assert says in answer.err


def test_a_variable_that_is_none(root: Path, boathouse: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOATHOUSE__CATALOG__NMAE", "x")
    answer = boathouse("plan", "--project", root)
    assert "BOATHOUSE__CATALOG__NMAE: unknown key `nmae`; did you mean `name`?" in answer.err


def test_an_empty_section_takes_nothing_away(root: Path) -> None:
    write(root, {
        "config/defaults.yaml": "spark: {config: {spark.a: 1}}\nmonte_carlo: {team: data}",
        "config/dev.yaml": "spark:\n  config:\ncatalog: {}\n",
    })  # fmt: skip
    assert ConfigLoader.load("dev", root).spark.config == {"spark.a": "1"}


def test_two_files_of_one_environment_are_refused(root: Path) -> None:
    write(root, {"config/dev.yaml": "", "config/dev.yml": ""})
    with pytest.raises(UserError, match=r"dev\.yml are both there; keep one"):
        ConfigLoader.load("dev", root)


def test_there_are_no_settings_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"has no boathouse\.yml and no config/defaults\.yaml around it"):
        ConfigLoader.load("dev")
    with pytest.raises(UserError, match="there is no nowhere"):
        ConfigLoader.load("dev", "nowhere")


# ---- secrets --------------------------------------------------------------------------------------------------------

SECRET = "dapi0123456789"  # noqa: S105 - made up


@pytest.fixture
def with_secret(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOATHOUSE__monte_carlo__api_key", SECRET)
    write(root, {
        "config/dev.yaml": f"spark:\n  config: {{spark.x.password: {SECRET}, spark.y: 1}}\nmonte_carlo: {{token: {SECRET}}}\n"
    })  # fmt: skip
    return root


def test_whoever_asks_for_a_secret_by_its_key_gets_it(with_secret: Path) -> None:
    config = ConfigLoader.load("dev", with_secret)
    assert config.monte_carlo == {"api_key": SECRET, "token": SECRET}
    assert config.spark.config["spark.x.password"] == SECRET


def test_nothing_that_is_shown_holds_a_secret(with_secret: Path, boathouse: Terminal) -> None:
    config = ConfigLoader.load("dev", with_secret)
    in_dev = Workbench(with_secret, env="dev")
    shown = [
        config,
        config.spark,
        config.model_dump(),
        config.model_dump_json(),
        config.spark.all_settings,
        in_dev.project,
    ]
    assert [each for each in map(repr, shown) if SECRET in each] == []
    assert [each for each in map(str, shown) if SECRET in each] == []
    words = [["config"], ["plan"], ["run"], ["export"], ["query", "SELECT 1 AS one"]]
    for answer in [
        boathouse(*each, "--env", "dev", "--project", with_secret, *json_)
        for each in words
        for json_ in ([], ["--json"])
    ]:
        assert (answer.code, SECRET in answer.out + answer.err) == (0, False), answer.err
    assert "********" in boathouse("config", "--env", "dev", "--project", with_secret).out
    assert [file for file in (with_secret / "dist").rglob("*.*") if file.is_file() and SECRET in file.read_text()] == []


@pytest.mark.parametrize(
    "text",
    [
        f"monte_carlo: {{api_key: {SECRET}}}\ncatlog: x\n",
        f"monte_carlo: {{api_key: {SECRET}}}, catlog: x\n",
        f"catalog: {{name: x, token: {SECRET}}}\n",
        f"catalog: {{name: x, nmae: y, 'db-password' : '{SECRET}'}}\n",
        f"api_key: {SECRET}\n",
        f"api-key = {SECRET}\n",
        f"token: {SECRET}: {SECRET}\n",
        f"spark: {{config: {{private.key: [{SECRET}]}}}}\n",
        f'password: "{SECRET}\n',
    ],
)
def test_a_mistake_beside_a_secret_does_not_show_it(root: Path, boathouse: Terminal, text: str) -> None:
    write(root, {"config/dev.yaml": text})
    for flags in ([], ["--json"]):
        answer = boathouse("config", "--env", "dev", "--project", root, *flags)
        assert (answer.code, SECRET in answer.out + answer.err) == (2, False), answer.err


@pytest.mark.parametrize("option", [f"api_key={SECRET}", f"catalog.token={SECRET}", f"token:{SECRET}"])
def test_a_secret_typed_as_a_wrong_setting_is_not_shown(root: Path, boathouse: Terminal, option: str) -> None:
    answer = boathouse("config", "--set", option, "--project", root)
    assert (answer.code, SECRET in answer.out + answer.err) == (2, False), answer.err


SESSIONS = """\
import subprocess
from boathouse import SparkSessionFactory
from boathouse.engines.spark import session

def commands() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout

settings = {"spark.sql.ansi.enabled": "false", "spark.sql.shuffle.partitions": "3", "spark.x.token": "THE SECRET"}
with session(local=True, settings=settings) as engine:
    conf = engine.session.conf
    print(conf.get("spark.sql.ansi.enabled"), conf.get("spark.sql.shuffle.partitions"), "THE SECRET" in commands())
for _ in range(2):  # the second after the first was stopped
    made = SparkSessionFactory.create("local", "config")
    made.range(3).write.format("delta").mode("overwrite").saveAsTable("spark_catalog.default.three")
    told = made.sparkContext.appName, made.sparkContext.getConf().get("spark.x.token"), made.table("three").count()
    print(*told, made.conf.get("spark.sql.ansi.enabled"), "THE SECRET" in commands())
    made.stop()
"""


@pytest.mark.spark
def test_the_sessions_of_an_environment(root: Path) -> None:
    """A run keeps what its tables mean; a session of one's own is as its settings say; no command line has secrets."""
    settings = "spark: {config: {spark.x.token: THE SECRET, spark.sql.ansi.enabled: false}}\n"
    write(root, {"config/local.yaml": settings, "sessions.py": SESSIONS})
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "sessions.py"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["true 3 False", *["churn-local THE SECRET 3 false False"] * 2], done.stderr
