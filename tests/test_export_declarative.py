"""The declarative export: files that Databricks' pipelines and open-source Spark take, and what becomes of rules in them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import pytest
import yaml

import churn_project
from boathouse import export
from boathouse.declarative.lazy_text import is_lazy, made_lazy
from boathouse.errors import UserError
from boathouse.learned import learned
from boathouse.run import run
from boathouse.step import STEPS, Example
from examples import lazy_text

if TYPE_CHECKING:
    from boathouse.config import Project

GOLDEN = Path(__file__).parent / "golden" / "declarative"
FEED = {
    "raw/changes/one.csv": "id,op,at,lsn,plan,visits\n1,I,2024-05-01,1,basic,1\n2,I,2024-05-01,1,pro,1\n",
    "raw/changes/two.csv": "id,op,at,lsn,plan,visits\n1,U,2024-05-03,1,pro,2\n2,D,2024-05-04,1,,\n1,U,2024-05-02,5,max,1\n"
    "3,I,2024-05-02,1,pro,1\n3,U,2024-05-03,1,pro,7\n",
    "tables/bronze/changes.yml": "source: {format: csv, path: raw/changes}\n",
    "tables/silver/now.yml": """reads: bronze.changes
steps:
  - {step: cast, columns: {id: bigint, at: date, lsn: int, visits: int}}
  - {step: scd_type_1, key: [id], sequence_by: [at], delete_when: op = 'D', except_columns: [op, lsn]}
contract: {key: [id], fail: {known: plan IS NOT NULL}}
""",
    "tables/silver/versions.yml": """reads: bronze.changes
steps:
  - {step: cast, columns: {id: bigint, at: date, lsn: int, visits: int}}
  - {step: scd_type_2, key: [id], sequence_by: [at, lsn], delete_when: op = 'D', except_columns: [op], track_history_on: [plan]}
contract: {drop: {few: visits < 2}}
""",
}


def made(project: Project, **options: str) -> dict[str, str]:
    plan = churn_project.planned(project)
    asked = export.Export(plan, "main", "churn", learned=learned(project))
    return export.target("declarative", options).files(asked)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = churn_project.make(tmp_path_factory.mktemp("projects") / "churn")
    run(churn_project.planned(project), project)
    return project


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = churn_project.make(tmp_path_factory.mktemp("projects") / "fed", FEED)
    run(churn_project.planned(project), project)
    return project


RUNTIMES = ("databricks", "open-source")


# ---- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_files_are_those_under_golden(fed: Project, runtime: str) -> None:
    """Read what has changed with git diff, after BOATHOUSE_GOLDEN=write has written it."""
    files, folder = made(fed, runtime=runtime), GOLDEN / runtime
    if os.environ.get("BOATHOUSE_GOLDEN") == "write":
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    golden = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }

    assert sorted(files) == sorted(golden)
    for path, text in files.items():
        assert text == golden[path], path


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_same_plan_gives_the_same_bytes(fed: Project, runtime: str) -> None:
    assert made(fed, runtime=runtime) == made(fed, runtime=runtime)


@pytest.mark.parametrize("options", [{}, {"names": "dlt"}, {"cdc": "steps"}, {"runtime": "open-source"}])
def test_files_pass_the_linter_and_the_formatter(fed: Project, options: dict[str, str], tmp_path: Path) -> None:
    for path, text in made(fed, **options).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    rules = ["--select", "E,F,I,B,W,N,UP,C4,PIE,RET,SIM", "--ignore", "N812,E501"]

    for command in (["check", *rules], ["format", "--check", "--diff"]):
        line = [sys.executable, "-m", "ruff", *command, "--config", str(tmp_path / "ruff.toml"), str(tmp_path)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_old_names_are_another_word_for_the_same(fed: Project) -> None:
    new, old = made(fed), made(fed, names="dlt")

    for path in (path for path in new if path.endswith(".py")):
        words = {
            "from pyspark import pipelines as dp": "import dlt", "dp.materialized_view": "dp.table",
            "dp.temporary_view": "dp.view", "dp.create_auto_cdc_flow": "dp.apply_changes", "dp.": "dlt.",
        }  # fmt: skip
        text = new[path]
        for word, other in words.items():
            text = text.replace(word, other)
        assert ast.unparse(ast.parse(text)) == ast.unparse(ast.parse(old[path])), path


def test_open_source_spark_never_had_the_old_names(fed: Project) -> None:
    with pytest.raises(UserError, match="leave --names out"):
        made(fed, runtime="open-source", names="dlt")


def test_numbers_that_no_run_has_learnt_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"silver\.customers|gold\.customer_features"):
        made(churn_project.make(tmp_path / "churn"))


# ---- what a function of a dataset may not do ------------------------------------------------------------------------

EXAMPLES: dict[str, Example] = {
    f"{name}-{at}": example for name in STEPS.names() for at, example in enumerate(STEPS.member(name).examples())
}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_functions_ask_spark_nothing(fed: Project, runtime: str) -> None:
    for path, text in made(fed, runtime=runtime).items():
        for node in ast.walk(ast.parse(text)) if path.endswith(".py") else ():
            if isinstance(node, ast.FunctionDef):
                assert is_lazy(ast.unparse(node)), f"{path}: {node.name}"


def test_what_asks_is_known() -> None:
    asks = [
        "df.count()",
        "df.agg(F.max('a')).first()",
        "x = df.columns",
        "rows = df.collect()",
        "spark.createDataFrame([])",
    ]

    assert not [code for code in asks if is_lazy(code)]
    assert is_lazy("df = df.groupBy('a').agg(F.count('*'), F.first('b')).selectExpr('count(*)')")


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_statements_of_every_step_can_wait(example: Example) -> None:
    code = lazy_text(example)
    called = {getattr(node.func, "attr", "") for node in ast.walk(ast.parse(code)) if is_of_a_frame(node)}

    assert is_lazy(code)
    assert not called & {"distinct", "drop", "dropDuplicates", "dropna", "fillna", "replace"}


def is_of_a_frame(node: ast.AST) -> TypeGuard[ast.Call]:
    """Tell whether a method is called, and no function of F."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return not (isinstance(node.func.value, ast.Name) and node.func.value.id == "F")


@pytest.mark.parametrize(
    ("code", "lazy"),
    [
        ('df = df.drop("a", "b c")', 'df = df.selectExpr("* EXCEPT (a, `b c`)")'),
        ('df = df.where("n = 1").drop("é", "n")', 'df = df.where("n = 1")\ndf = df.selectExpr("* EXCEPT (`é`, n)")'),
        (
            'df = (\n    df.where("n = 1")\n    .drop("n")\n)',
            'df = (\n    df.where("n = 1")\n    .selectExpr("* EXCEPT (n)")\n)',
        ),
        (
            "df = df.dropDuplicates()",
            'df = df.select(F.struct("*").alias("row")).groupBy("row").agg(F.count("*").alias("times")).select("row.*")',
        ),
        ("df = df.withColumn('a', F.lit('.drop(x)'))", "df = df.withColumn('a', F.lit('.drop(x)'))"),
    ],
)
def test_what_open_source_spark_would_resolve_is_said_another_way(code: str, lazy: str) -> None:
    assert made_lazy(code) == lazy


# ---- rules ------------------------------------------------------------------------------------------------------------


def file(project: Project, path: str, **options: str) -> str:
    return made(project, **options)[f"transformations/{path}.py"]


def changed(tmp_path: Path, contract: str, steps: str = "") -> Project:
    text = f"reads: bronze.plans\nsteps:\n  - {{step: cast, columns: {{seats: int}}{steps}}}\ncontract: {contract}\n"
    project = churn_project.make(tmp_path / "churn", {"tables/silver/plans.yml": text})
    run(churn_project.planned(project), project)
    return project


def test_a_rule_of_one_row_is_an_expectation_and_null_does_not_break_it(tmp_path: Path) -> None:
    text = file(
        changed(tmp_path, "{drop: {a: seats > 0}, warn: {b: seats < 9}, fail: {c: seats <> 7}}"), "silver/plans"
    )

    assert '"a": "(seats > 0) IS NOT FALSE"' in text
    assert '"b": "(seats < 9) IS NOT FALSE OR (seats > 0) IS FALSE"' in text  # a row that is dropped is asked no more
    assert "@dp.expect_all_or_drop(DROP)\n@dp.expect_all_or_fail(FAIL)\n@dp.expect_all(WARN)\ndef plans()" in text
    assert "plans_checks" not in text


def test_a_rule_that_looks_at_other_rows_is_compiled_in_or_asked_of_the_table(tmp_path: Path) -> None:
    text = file(changed(tmp_path, "{key: [plan], drop: {once: unique(seats)}}"), "silver/plans")

    assert "expect_all_or_drop" not in text
    assert "# Compiled in: an expectation sees one row, and knows no other." in text
    assert '@dp.expect_all_or_fail({"key": "`key` IS NOT FALSE"})\ndef plans_checks()' in text


def test_rows_that_fit_no_type_go_to_quarantine_beside_those_that_an_expectation_drops(tmp_path: Path) -> None:
    text = file(changed(tmp_path, "{drop: {a: seats > 0}}", ", misfits: quarantine"), "silver/plans")

    assert "@dp.expect_all_or_drop(DROP)" in text
    assert "quarantine = quarantine.unionByName(marked.where(F.size(" in text


def test_a_rule_about_what_was_before_is_named_where_it_cannot_be_asked(project: Project) -> None:
    about = file(project, "silver/customers").split("\n\n")[0]

    assert (
        "# Not asked here, for a dataset cannot read what it held before: usual (volume(change => 0.2)), drift" in about
    )


def test_without_expectations_a_rule_that_must_hold_ends_the_update(project: Project) -> None:
    text = file(project, "silver/customers", runtime="open-source")

    assert ".expect" not in text
    assert 'asserted = {name: F.when(~check, F.raise_error(f"{sentence}: {name}")).otherwise(check)' in text
    assert "return df.agg(*[check.alias(name) for name, check in {**asserted, **warn}.items()])" in text


def test_names_and_texts_of_all_kinds_are_quoted(tmp_path: Path) -> None:
    files = {
        "raw/a'b {x}.csv": "id,n\n1,2\n",
        "tables/bronze/F.yml": 'about: \'""" {x} \\ \'\nsource: {format: csv, path: "raw/a\'b {x}.csv"}\n',
        "tables/silver/class.yml": "reads: bronze.F\nsteps: []\ncontract: {fail: {'null': row_count() >= 0}, warn: {'true': row_count() >= 1}}\n",
        "tables/gold/rows.sql": "SELECT '\"\"\"' AS a, '{x}' AS b, count(*) AS n FROM silver.class\n",
    }
    project = churn_project.make(tmp_path / "churn", files)
    run(churn_project.planned(project), project)
    for runtime in RUNTIMES:
        written = made(project, runtime=runtime)
        trees = {path: ast.parse(text) for path, text in written.items() if path.endswith(".py")}

        assert '\nSOURCE_PATH = f"{LANDING}/a\'b {{x}}.csv"\n' in written["transformations/bronze/F.py"]
        assert {
            node.name for node in ast.walk(trees["transformations/bronze/F.py"]) if isinstance(node, ast.FunctionDef)
        } == {"f"}
        assert "def class_() -> DataFrame:" in written["transformations/silver/class.py"]
        assert "def rows_() -> DataFrame:" in written["transformations/gold/rows.py"]


# ---- change feeds -----------------------------------------------------------------------------------------------------


def test_a_change_feed_is_kept_by_auto_cdc(fed: Project) -> None:
    now, versions = file(fed, "silver/now"), file(fed, "silver/versions")

    assert (
        'target="churn_silver.now",\n    source="silver_now_feed",\n    keys=["id"],\n    sequence_by=F.col("at")'
        in now
    )
    assert '@dp.expect_all_or_fail({"one_change_at_a_moment": "one_change_at_a_moment", "moments_known"' in now
    assert 'sequence_by=F.struct("at", "lsn"),' in versions
    assert 'stored_as_scd_type=2,\n    track_history_column_list=["plan"],' in versions
    assert 'F.col("__START_AT.at")' in versions


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ("{step: scd_type_1, key: [id], sequence_by: [at], soft_delete: true}", "it keeps no row of what is deleted"),
        (
            "{step: dedupe, key: [id, at], keep: first}\n  - {step: scd_type_1, key: [id], sequence_by: [at]}",
            "`dedupe` comes before it",
        ),
    ],
)
def test_where_auto_cdc_would_make_other_rows_the_steps_own_statements_stand(
    tmp_path: Path, steps: str, why: str
) -> None:
    tables = {**FEED, "tables/silver/now.yml": f"reads: bronze.changes\nsteps:\n  - {steps}\n"}
    project = churn_project.make(tmp_path / "fed", tables)
    run(churn_project.planned(project), project)
    text = file(project, "silver/now")

    assert f"# Change data capture is done by statements, and not by AUTO CDC: {why}" in text
    assert "auto_cdc" not in text


def test_the_steps_may_be_asked_for(fed: Project) -> None:
    assert "not by AUTO CDC: the export was told so" in file(fed, "silver/now", cdc="steps")
    assert "AUTO CDC" not in file(fed, "silver/now", runtime="open-source")


# ---- settings ---------------------------------------------------------------------------------------------------------


def test_the_settings_say_where_tables_and_raw_files_stand(fed: Project) -> None:
    settings = json.loads(made(fed)["pipeline.json"])
    spec = yaml.safe_load(made(fed, runtime="open-source")["spark-pipeline.yml"])

    assert settings["configuration"] == {"landing": "/Volumes/main/churn_bronze/landing"}
    assert settings["libraries"] == [{"glob": {"include": f"{settings['root_path']}/transformations/**"}}]
    assert spec["libraries"] == [{"glob": {"include": "transformations/**"}}]
    assert spec["configuration"]["spark.sql.sources.default"] == "delta"
    assert all(isinstance(value, str) for value in spec["configuration"].values())


def test_databricks_knows_each_setting(fed: Project) -> None:
    pipelines = pytest.importorskip("databricks.sdk.service.pipelines", reason="databricks-sdk is not installed")
    settings = json.loads(made(fed)["pipeline.json"])

    assert set(settings) <= set(pipelines.CreatePipelineResponse.__annotations__) | set(
        pipelines.PipelineSpec.__annotations__
    )
    assert pipelines.PipelineSpec.from_dict(settings).as_dict() == settings
