"""Environments: what each may name, where its tables stand, what its settings are and whence, and what nobody gets to see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boathouse import environment_file
from boathouse.engines.spark import Spark
from boathouse.environment import USUAL, EnvironmentConfig, catalog_of
from boathouse.environment_file import ConfigLoader
from boathouse.errors import EngineError, UnknownName, UserError
from boathouse.names import TableName
from boathouse.spark_run import RemoteLake
from boathouse.workbench import Workbench
from projects import project, write
from terminal import SOURCE, Terminal, contents, is_one_error


@pytest.fixture
def boathouse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "churn").project.root


def catalogs(folder: Path) -> set[str]:
    """Find the catalog of every notebook, and every mention of one in all other files."""
    said = {
        line for file in folder.rglob("*.py") for line in file.read_text().splitlines() if line.startswith("CATALOG")
    }
    return {line.removeprefix("CATALOG = ").strip('"') for line in said}


# ---- names ----------------------------------------------------------------------------------------------------------

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
prefixed = st.tuples(st.sampled_from([*USUAL, "PROD", "Dev"]), names).map("_".join)


@given(st.sampled_from(USUAL), names | prefixed)
def test_a_catalog_is_its_environments_whatever_it_is_called(environment: str, name: str) -> None:
    try:
        catalog = catalog_of(environment, name)
    except UserError:
        assert name.lower().split("_")[0] in set(USUAL) - {environment}
    else:
        assert catalog.lower().split("_")[0] == environment
        assert catalog_of(environment, catalog) == catalog


def test_a_local_spark_has_one_catalog_of_its_own() -> None:
    assert catalog_of("local", "spark_catalog") == "spark_catalog"
    assert catalog_of("dev", "spark_catalog") == "dev_spark_catalog"


def test_settings_made_by_hand_obey_too() -> None:
    spark = {"app_name": "x"}
    made = EnvironmentConfig(environment="dev", spark=spark, catalog={"name": "a", "schema": "b"})
    assert made.catalog.name == "dev_a"
    with pytest.raises(UserError, match="`prod_a` is a catalog of prod, and this is dev"):
        EnvironmentConfig(environment="dev", spark=spark, catalog={"name": "prod_a", "schema": "b"})


# ---- the project in an environment ----------------------------------------------------------------------------------


def test_without_an_environment_nothing_changes(root: Path, boathouse: Terminal) -> None:
    assert boathouse("export", "--project", root).code == 0
    assert (catalogs(root / "dist/databricks"), Workbench(root).project.target) == ({"main"}, ("main", "churn"))


@pytest.mark.parametrize(
    ("environment", "catalog", "folder"),
    [("local", "local_main", "databricks"), ("dev", "dev_main", "databricks-dev"), ("prod", "prod_main", "databricks-prod")],
)  # fmt: skip
def test_an_export_names_the_catalog_of_its_environment_and_no_other(
    root: Path, boathouse: Terminal, environment: str, catalog: str, folder: str
) -> None:
    answer = boathouse("export", "--env", environment, "--project", root)
    assert answer.code == 0, answer.err
    files = list((root / "dist" / folder).rglob("*.*"))
    assert catalogs(root / "dist" / folder) == {catalog}
    others = {f"{other}_main" for other in USUAL} - {catalog}
    assert [(file.name, other) for file in files for other in others if other in file.read_text()] == []
    assert (
        f"/Volumes/{catalog}/churn/landing/" in (root / "dist" / folder / "notebooks/bronze_customers.py").read_text()
    )


@pytest.mark.parametrize("name", ["prod_main", "PROD_main", "prod", "lab_x"])
def test_an_export_for_dev_refuses_a_catalog_of_another(root: Path, boathouse: Terminal, name: str) -> None:
    before = contents(root)
    answer = boathouse("export", "--env", "dev", "--catalog", name, "--project", root)
    assert (answer.code, is_one_error(answer.err)) == (2, True), answer.err
    assert f"`{name}` is a catalog of {name.lower().split('_')[0]}, and this is dev; write `" in answer.err
    assert contents(root) == before


@pytest.mark.parametrize(("given", "made"), [("sales", "dev_sales"), ("dev_sales", "dev_sales")])
def test_a_catalog_given_by_hand_gets_the_environments_name(
    root: Path, boathouse: Terminal, given: str, made: str
) -> None:
    assert boathouse("export", "--env", "dev", "--catalog", given, "--project", root).code == 0
    assert catalogs(root / "dist/databricks-dev") == {made}


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("config/dev.yaml", "catalog:\n  name: prod_main\n", "config/dev.yaml:2:3: `prod_main` is a catalog of prod"),
        ("config/defaults.yaml", "catalog: {name: lab_main}", "config/defaults.yaml:1:11: `lab_main` is a catalog of lab"),
        ("boathouse.yml", "name: churn\ncatalog: prod_main\n", "boathouse.yml: `prod_main` is a catalog of prod"),
        ("config/dev.yaml", "environment: prod", "config/dev.yaml:1:1: `environment` is prod, and this is dev"),
    ],
)  # fmt: skip
def test_no_file_makes_dev_name_prod(root: Path, boathouse: Terminal, file: str, text: str, says: str) -> None:
    write(root, {"config/dev.yaml": "", file: text})
    for verb in (["export"], ["run"], ["plan"], ["query", "SELECT 1"], ["show", "silver.customers"], ["prove"]):
        answer = boathouse(*verb, "--env", "dev", "--project", root)
        assert (answer.code, is_one_error(answer.err)) == (2, True), answer.err
        assert says in answer.err
    assert not (root / "lake").exists()


@pytest.mark.parametrize("way", ["option", "variable", "setting"])
def test_no_override_makes_dev_name_prod(
    root: Path, boathouse: Terminal, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    words = ["--env", "dev", "--project", root]
    if way == "variable":
        monkeypatch.setenv("BOATHOUSE__catalog__name", "prod_main")
    else:
        words += ["--set", "catalog.name=prod_main"] if way == "setting" else ["--catalog", "prod_main"]
    answer = boathouse("export", *words)
    assert (answer.code, "is a catalog of prod, and this is dev" in answer.err) == (2, True), answer.err
    named = {"variable": "BOATHOUSE__catalog__name: ", "setting": "--set catalog.name: "}.get(way, "")
    assert named in answer.err


def test_a_table_of_a_user_cannot_name_another_catalog(root: Path, boathouse: Terminal) -> None:
    write(root, {"tables/gold/sly.sql": "SELECT * FROM prod_main.silver.customers\n"})
    answer = boathouse("export", "--env", "dev", "--project", root)
    assert (answer.code, is_one_error(answer.err)) == (2, True), answer.err


def test_two_environments_share_no_table(root: Path, boathouse: Terminal) -> None:
    assert boathouse("run", "--project", root).code == 0
    local = contents(root / "lake")
    write(root, {"raw/customers.csv": "id,fee,plan\n1,1,z\n"})
    assert boathouse("run", "--env", "dev", "--project", root).code == 0
    assert {file: local[file] for file in contents(root / "lake") if file in local} == local
    assert sorted(folder.name for folder in (root / "lake").iterdir()) == [
        "churn_bronze", "churn_gold", "churn_silver", "dev_churn_bronze", "dev_churn_gold", "dev_churn_silver"
    ]  # fmt: skip
    counted = "SELECT count(*) AS n FROM silver.customers"
    assert [Workbench(root, env=env).query(counted)[0]["n"] for env in ("", "local", "dev")] == [5, 5, 1]
    with pytest.raises(UnknownName, match=r"there is no table `silver\.customers` in the lake"):
        Workbench(root, env="prod").query(counted)
    assert {action.why for action in Workbench(root, env="dev").plan().actions} == {"unchanged"}
    assert "unchanged" not in {action.why for action in Workbench(root, env="prod").plan().actions}


def test_the_environment_may_be_the_shells(root: Path, boathouse: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOATHOUSE_ENV", "dev")
    assert boathouse("export", "--project", root).code == 0
    assert catalogs(root / "dist/databricks-dev") == {"dev_main"}
    assert Workbench(root, env="prod").project.lake(TableName("gold", "spend")).parent.name == "prod_churn_gold"


def test_a_folder_config_makes_local_the_environment(root: Path) -> None:
    write(root, {"config/defaults.yaml": "catalog: {name: analytics, schema: customer_360}\n", "config/dev.yaml": ""})
    assert Workbench(root).project.target == ("local_analytics", "customer_360")
    assert Workbench(root, env="dev").project.target == ("dev_analytics", "customer_360")
    assert Workbench(root).project.lake(TableName("gold", "spend")) == root / "lake/churn_gold/spend"


@pytest.mark.parametrize(
    ("files", "name", "says"),
    [
        ({}, "dve", "there is no environment `dve` in config/; did you mean `dev`?"),
        ({"config/dev.yaml": ""}, "prod", "there is no environment `prod` in config/; there is `dev`, `local`"),
        ({}, "../dev", "`../dev` is no name for an environment; use small letters and digits"),
        ({"config/dev_eu.yaml": ""}, "dev_eu", "`dev_eu` is no name for an environment"),
    ],
)  # fmt: skip
def test_an_environment_that_is_not_there(
    root: Path, boathouse: Terminal, files: dict[str, str], name: str, says: str
) -> None:
    write(root, files)
    answer = boathouse("run", "--env", name, "--project", root)
    assert (answer.code, answer.out, is_one_error(answer.err)) == (2, "", True)
    assert says in answer.err


def test_an_environment_of_ones_own(root: Path) -> None:
    write(root, {"config/staging.yaml": "", "config/dev.yaml": "catalog: {name: staging_main}"})
    assert Workbench(root, env="staging").project.target == ("staging_main", "churn")
    with pytest.raises(UserError, match="`staging_main` is a catalog of staging, and this is dev"):
        Workbench(root, env="dev")


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


@pytest.mark.spark
def test_on_a_cluster_elsewhere_every_name_is_the_environments(root: Path, spark: Any) -> None:
    """There is no such cluster here; what it was asked for is in what it answers."""
    bench = Workbench(root, env="dev")
    lake = RemoteLake(bench.plan(), bench.project, Spark(spark, remote=True))
    said = {}
    for action in bench.plan().actions:
        with pytest.raises(EngineError) as caught:
            lake.build(action, "a-run")
        said[str(action.name)] = caught.value.message
    assert "/Volumes/dev_main/churn/landing/customers.csv" in said["bronze.customers"]
    assert "`dev_main`.`churn`.`bronze_customers`" in said["silver.customers"]
    assert "`dev_main`.`churn`.`silver_customers`" in said["gold.spend"]


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_an_environment_is_proven_against_its_own_tables(root: Path) -> None:
    bench = Workbench(root, env="dev")
    bench.run()
    bench.export()
    assert bench.prove().proven
    assert (root / "dist/databricks-dev/proof/proof.json").exists()


def test_the_names_of_environments() -> None:
    assert USUAL == ("local", "lab", "dev", "prod")
    assert environment_file.VARIABLE == "BOATHOUSE_ENV"
