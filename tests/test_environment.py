"""Environments: what each may name, where its tables stand, and what its runs, exports and proofs write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boathouse import environment_file
from boathouse.engines.spark import Spark
from boathouse.environment import USUAL, EnvironmentConfig, catalog_of
from boathouse.errors import EngineError, UnknownName, UserError
from boathouse.names import TableName
from boathouse.spark_run import RemoteLake
from boathouse.workbench import Workbench
from projects import CHURN, project, write
from terminal import Terminal, contents, is_one_error


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
        "churn_bronze", "churn_gold", "churn_ops", "churn_silver",
        "dev_churn_bronze", "dev_churn_gold", "dev_churn_ops", "dev_churn_silver",
    ]  # fmt: skip
    counted = "SELECT count(*) AS n FROM silver.customers"
    assert [Workbench(root, env=env).query(counted)[0]["n"] for env in ("", "local", "dev")] == [5, 5, 1]
    with pytest.raises(UnknownName, match=r"there is no table `silver\.customers` in the lake"):
        Workbench(root, env="prod").query(counted)
    assert {action.why for action in Workbench(root, env="dev").plan().actions} == {"same"}
    assert "same" not in {action.why for action in Workbench(root, env="prod").plan().actions}


def test_a_contract_is_of_its_environment_and_so_is_its_quarantine(root: Path) -> None:
    """`references` asks the environment's own table; the rows that are dropped stand beside the table that they left."""
    rule = '  drop: {known_plan: "references(plan, silver.plans)"}\n'
    write(root, {
        "raw/plans.csv": "plan\na\n",
        "tables/bronze/plans.yml": "source: {format: csv, path: raw/plans.csv}\n",
        "tables/silver/plans.yml": "reads: bronze.plans\n",
        "tables/silver/customers.yml": CHURN["tables/silver/customers.yml"] + rule,
    })  # fmt: skip
    Workbench(root).run()
    write(root, {"raw/plans.csv": "plan\nb\nc\n"})
    dev = Workbench(root, env="dev")
    dev.run()
    dropped = "SELECT id FROM silver.customers_quarantine ORDER BY id"
    told = [[row["id"] for row in Workbench(root, env=env).query(dropped)] for env in ("", "dev")]
    assert told == [[2, 4], [1, 3, 5]]
    dev.export()
    notebook = (root / "dist/databricks-dev/notebooks/silver_customers.py").read_text()
    assert {'CATALOG = "dev_main"', "{CATALOG}.{SCHEMA}.silver_plans", "{CATALOG}.{SCHEMA}.silver_customers_quarantine"} == {
        *re.findall(r"CATALOG = .*|\{CATALOG\}\.\{SCHEMA\}\.silver_(?:plans|customers_quarantine)", notebook)
    }  # fmt: skip


@pytest.mark.parametrize("verb", ["plan", "run", "export"])
def test_what_comes_next_stays_in_the_environment(root: Path, boathouse: Terminal, verb: str) -> None:
    answer = boathouse(verb, "--env", "dev", "--project", root)
    said = [line for line in (answer.out + answer.err).splitlines() if "boathouse " in line]
    assert said, answer
    assert [line for line in said if " --env dev" not in line] == []


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


# ---- on Spark --------------------------------------------------------------------------------------------------------


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
