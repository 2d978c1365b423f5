"""Unity Catalog: SQL that can be run twice, that each layer's own jobs alone may write by, and that hides personal data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile_project
import shop_project
from boathouse.errors import UserError
from boathouse.proofs.unity_catalog import is_sparks
from boathouse.quoting import sql_name, sql_text
from boathouse.sql_statement import fault, in_catalog, statements, words
from boathouse.workbench import Workbench


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return shop_project.make(tmp_path_factory.mktemp("shops") / "shop")


def lines(bench: Workbench, file: str, **options: str) -> list[str]:
    (text,) = (text for name, text in shop_project.exported(bench, "unity-catalog", **options).items() if file in name)
    return list(statements(text))


def of(found: list[str], word: str) -> list[str]:
    return [line for line in found if word in line]


# ---- what may be done -----------------------------------------------------------------------------------------------


def test_a_layer_is_written_by_its_own_jobs_alone(shop: Workbench) -> None:
    grants = lines(shop, "grants")

    writers = {
        (found[1], found[2])
        for line in of(grants, "MODIFY")
        if (found := re.search(r"ON SCHEMA `dev_main`\.`shop_(\w+)` TO `(.+)`", line))
    }
    jobs = ("ingestion", "transformation", "aggregation")
    assert writers == {*zip(("bronze", "silver", "gold"), jobs, strict=True), *(("ops", job) for job in jobs)}
    assert of(grants, "`bi-tools`") == [
        "GRANT USE CATALOG ON CATALOG `dev_main` TO `bi-tools`",
        "GRANT USE SCHEMA, SELECT ON SCHEMA `dev_main`.`shop_gold` TO `bi-tools`",
    ]
    assert of(grants, "VOLUME") == [
        f"GRANT READ VOLUME, WRITE VOLUME ON VOLUME `dev_main`.`shop_bronze`.`{volume}` TO `ingestion`"
        for volume in ("landing", "checkpoints")
    ]
    assert len(grants) == len(set(grants))


def test_one_principal_may_do_all_the_work(shop: Workbench) -> None:
    same = dict.fromkeys(("readers", "ingestion", "transformation", "aggregation", "bi"), "team `a`")
    grants = lines(shop, "grants", **same)
    assert len(grants) == len(set(grants)) == 7
    assert all(line.endswith("TO `team ``a```") for line in grants)


# ---- personal data --------------------------------------------------------------------------------------------------


def test_personal_data_is_masked_wherever_its_values_are_carried_to(shop: Workbench) -> None:
    masked = re.findall(
        r"`shop_(\w+)`\.`(\w+)` ALTER COLUMN `(\w+)` SET MASK .*`(\w+)`", "\n".join(lines(shop, "masks"))
    )
    assert masked == [
        ("bronze", "people", "full_name", "mask_person_name"),
        ("bronze", "people", "email", "mask_email"),
        ("bronze", "people", "phone", "mask_phone"),
        ("silver", "people", "full_name", "mask_person_name"),
        ("silver", "people", "email", "mask_email"),
        ("silver", "people", "phone", "mask_phone"),
        ("gold", "fct_order", "email", "mask_email"),
    ]  # neither whether there is one (silver.people.has_email) nor how many (gold.city_month.people)
    assert len(of(lines(shop, "tags"), "'pii'")) == len(masked)


def test_a_table_of_another_name_than_its_file_is_masked_too(tmp_path: Path) -> None:
    members = {"tables/bronze/members.yml": "source: {format: csv, path: raw/people.csv}\n"}
    found = lines(shop_project.make(tmp_path / "shop", members), "masks")
    assert len(of(of(found, "`members`"), "SET MASK")) == 3


def test_rows_that_were_refused_are_hidden_where_they_hold_personal_data(shop: Workbench) -> None:
    assert of(lines(shop, "masks"), "ROW FILTER") == [
        "ALTER TABLE `dev_main`.`shop_silver`.`people_quarantine` SET ROW FILTER `dev_main`.`shop_ops`.`sees_refused_rows` ON ()"
    ]


def test_those_who_compute_with_the_values_see_them(shop: Workbench) -> None:
    (function,) = of(lines(shop, "masks", pii_readers="o'hara"), "FUNCTION `dev_main`.`shop_ops`.`mask_email`")
    seeing = re.findall(r"is_account_group_member\(('(?:[^'\\]|\\.)*')\)", function)
    assert seeing == ["'o\\'hara'", "'ingestion'", "'transformation'", "'aggregation'"]


def test_without_findings_nothing_is_masked(tmp_path: Path) -> None:
    shop = shop_project.make(tmp_path / "shop")
    for file in shop.project.findings.iterdir():
        file.unlink()
    shop.project.findings.rmdir()
    assert lines(shop, "masks") == []


# ---- constraints ----------------------------------------------------------------------------------------------------


def test_rules_of_one_row_are_kept_as_checks_and_those_of_more_are_not(shop: Workbench) -> None:
    checks = [found[1] for line in lines(shop, "constraints") if (found := re.search("CONSTRAINT `(.+)` CHECK", line))]
    assert checks == ["named", "has_at", "known_city", "positive"]


@pytest.mark.parametrize(
    "rule",
    ["amount > 0 AND ordered_at < current_timestamp()", "rand() < 2", "unique(amount)", "references(person_id, silver.people)", "row_count() > 1"],
)  # fmt: skip
def test_what_needs_other_rows_or_the_clock_is_no_check(tmp_path: Path, rule: str) -> None:
    orders = shop_project.FILES["tables/silver/orders.yml"].replace("drop: {positive: amount > 0}", "drop: {}")
    orders = re.sub("fail: .*", f'fail: {{it: "{rule}"}}', orders)
    shop = shop_project.make(tmp_path / "shop", {"tables/silver/orders.yml": orders})
    assert of(of(lines(shop, "constraints"), "`orders`"), "CHECK") == []


def test_a_key_that_may_be_null_is_no_primary_key_and_the_file_says_why(tmp_path: Path) -> None:
    people = shop_project.FILES["tables/silver/people.yml"].replace("person_id: bigint not null", "person_id: bigint")
    shop = shop_project.make(tmp_path / "shop", {"tables/silver/people.yml": people})
    text = shop_project.exported(shop, "unity-catalog")["07_constraints.sql"]

    assert "write `person_id: bigint not null` there\n" in text
    assert of(lines(shop, "constraints"), "FOREIGN KEY") == []  # there is no key for it


# ---- the statements -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("project", [shop_project, hostile_project], ids=["plain", "hostile"])
def test_every_statement_is_one_that_is_known(project: Any, tmp_path: Path) -> None:
    files = shop_project.exported(project.make(tmp_path / "shop"), "unity-catalog", readers="a`; DROP TABLE x; --")
    found = [statement for text in files.values() for statement in statements(text)]

    assert len(found) > 60
    assert [why for statement in found if (why := fault(statement))] == []


def test_files_run_in_the_order_of_their_names_and_only_make_what_is_not_there(shop: Workbench) -> None:
    files = shop_project.exported(shop, "unity-catalog")
    assert list(files) == sorted(files)
    found = [statement for text in files.values() for statement in statements(text)]
    assert [line for line in found if line.startswith("CREATE") and "IF NOT EXISTS" not in line and "OR REPLACE" not in line] == []  # fmt: skip
    added = [line.split(" CHECK")[0].split(" FOREIGN")[0] for line in found if "ADD CONSTRAINT" in line and "PRIMARY" not in line]  # fmt: skip
    assert all(line.replace("ADD CONSTRAINT", "DROP CONSTRAINT IF EXISTS") in found for line in added)


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELCT ON SCHEMA `a`.`b` TO `c`", "GRANT SELECT ON SCHEMA a.b TO c", "GRANT SELECT ON SCHEMA `a`.`b` TO `c`, `d`",
        "CREATE VOLUME `a`.`b`.`c`", "ALTER TABLE `a`.`b`.`c` ALTER COLUMN `d` SET MSK `a`.`b`.`f`",
        "ALTER TABLE `a`.`b`.`c` SET ROW FILTER `f` ON ()", "DROP TABLE `a`.`b`.`c`", "SELECT 1", "ALTER TABLE `a`.`b`.`c` ADD CONSTRAINT",
        "COMMENT ON TABLE `a`.`b`.`c` IS 'x' y", "CREATE SCHEM IF NOT EXISTS `a`.`b`", "ALTER SCHEMA `a`.`b` SET TAGS ('x')",
    ],
)  # fmt: skip
def test_a_statement_of_another_form_is_found_out(statement: str) -> None:
    assert fault(statement)


@given(st.lists(st.text(alphabet="a;'`\"\\-\n*/ ", max_size=12), min_size=1, max_size=4))
def test_any_text_stays_inside_its_statement(texts: list[str]) -> None:
    written = [
        f"COMMENT ON TABLE {sql_name(text or 'x', 'databricks')} IS {sql_text(text, 'databricks')}" for text in texts
    ]
    assert list(statements("-- a; comment\n" + "".join(f"{line};\n" for line in written))) == written


def test_a_statement_speaks_of_another_catalog_and_says_the_same() -> None:
    said = "ALTER TABLE `a`.`b_gold`.`c` ADD CONSTRAINT `a` CHECK (`a` <> '`a`.`b`' AND `x.y` > 0)"
    assert in_catalog(said, "spark_catalog") == said.replace("TABLE `a`", "TABLE `spark_catalog`")
    assert words(said) == "ALTER TABLE .. ADD CONSTRAINT  CHECK ( <>  AND  > 0)"


def test_a_proof_runs_what_spark_knows(shop: Workbench) -> None:
    found = [one for text in shop_project.exported(shop, "unity-catalog").values() for one in statements(text)]
    known = {re.sub(r"\s+", " ", words(one)).split(" ..")[0][:30] for one in found if is_sparks(one)}
    assert known == {"CREATE SCHEMA IF NOT EXISTS . ", "CREATE TABLE IF NOT EXISTS", "COMMENT ON TABLE", "ALTER TABLE"}
    altered = {words(one).split(" .. ")[1][:21].strip() for one in found if is_sparks(one) and one.startswith("ALTER")}
    assert altered == {"DROP CONSTRAINT IF EX", "ADD CONSTRAINT  CHECK"}


def test_a_proof_wants_an_export(shop: Workbench, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no export"):
        shop.prove("unity-catalog", out=tmp_path)


# ---- on Spark -------------------------------------------------------------------------------------------------------

GROUP = "CREATE OR REPLACE FUNCTION spark_catalog.shop_ops.is_account_group_member(name STRING) RETURNS BOOLEAN RETURN name = 'me'"


@pytest.fixture
def on_spark(spark: Any, tmp_path: Path) -> Any:
    """Run the files, as far as an open-source Spark knows their statements, over the tables of the lake."""
    shop = shop_project.make(tmp_path / "shop")
    shop.run()
    asked = shop_project.exported(shop, "unity-catalog", catalog="spark_catalog", pii_readers="me")
    layers = ("bronze", "silver", "gold", "ops")

    def run(*names: str, but: str = "^$") -> None:
        for name in names:
            for statement in statements(asked[name]):
                if not re.search(but, statement):
                    spark.sql(statement)

    run("01_schemas.sql", "01_schemas.sql")
    for action in shop.plan().actions:
        table = f"spark_catalog.shop_{action.name.layer}.{action.name.table}"
        spark.read.format("delta").load(str(shop.project.lake(action.name))).write.format("delta").saveAsTable(table)
    run("03_ops_tables.sql", "03_ops_tables.sql")
    yield spark, run
    for layer in layers:
        spark.sql(f"DROP SCHEMA spark_catalog.shop_{layer} CASCADE")


@pytest.mark.spark
def test_spark_and_delta_take_what_they_know_of_it_twice(on_spark: Any) -> None:
    spark, run = on_spark
    for _ in range(2):
        run("05_comments.sql")
        run("07_constraints.sql", but="NOT NULL|KEY")  # which are Databricks' own

    people = "spark_catalog.shop_silver.people"
    assert spark.table("spark_catalog.shop_ops.releases").count() == 0
    assert kept(spark, people) == ("One row per person", {"named", "has_at", "known_city"})
    spark.sql(f"INSERT INTO {people} VALUES (99, NULL, NULL, NULL, NULL, false)")  # what is not known is not wrong
    for row in (
        "(100, '', 'a@b', NULL, 'Kiel', true)",
        "(100, 'x', 'no', NULL, 'Kiel', true)",
        "(100, 'x', 'a@b', NULL, 'Rome', true)",
    ):
        with pytest.raises(Exception, match=r"DELTA_VIOLATE_CONSTRAINT|CHECK constraint"):
            spark.sql(f"INSERT INTO {people} VALUES {row}")

    spark.sql(f"ALTER TABLE {people} ALTER COLUMN city COMMENT 'where'")
    columns = "person_id bigint, full_name string, email string, phone string, city string, has_email boolean"
    rows = spark.createDataFrame(spark.table(people).where("person_id < 99").collect(), columns)
    written = rows.write.format("delta").mode("overwrite")
    written.option("overwriteSchema", "true").saveAsTable(people)  # as the notebooks do
    assert kept(spark, people) == ("One row per person", {"named", "has_at", "known_city"})
    (city,) = (row["comment"] for row in spark.sql(f"DESCRIBE {people}").collect() if row["col_name"] == "city")
    assert city is None  # which is why the files are to be run again


def kept(spark: Any, table: str) -> tuple[str, set[str]]:
    """Say a table's comment and its checks."""
    told = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    prefix = "delta.constraints."
    described = {row["col_name"]: row["data_type"] for row in spark.sql(f"DESCRIBE EXTENDED {table}").collect()}
    return described.get("Comment", ""), {key.removeprefix(prefix) for key in told if key.startswith(prefix)}


@pytest.mark.spark
def test_a_mask_shows_the_value_to_members_and_its_form_to_others(on_spark: Any) -> None:
    spark, run = on_spark
    spark.sql("USE spark_catalog.shop_ops")
    try:
        spark.sql(GROUP)
        run("08_masks.sql", "08_masks.sql", but="ALTER")
        shown = "SELECT mask_email('ada@mail.example') AS e, mask_email('ada') AS x, mask_email(NULL) AS n, mask_phone('+1 212') AS p, mask_person_name('Ada') AS a"
        assert tuple(spark.sql(shown).first()) == ("ada@mail.example", "ada", None, "+1 212", "Ada")
        spark.sql(GROUP.replace("'me'", "'you'"))
        run("08_masks.sql", but="ALTER")
        assert tuple(spark.sql(shown).first()) == ("***@mail.example", "***", None, "***12", "***")
    finally:
        spark.sql("USE spark_catalog.default")


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_what_the_files_say_of_the_rows_is_proven(tmp_path: Path) -> None:
    shop = hostile_project.make(tmp_path / "shop")
    shop.run()
    out = tmp_path / "out"
    shop.export("unity-catalog", out=out)
    proof = shop.prove("unity-catalog", out=out)
    assert [(table.table, table.why) for table in proof.tables if not table.comparison.equal] == []
    assert len(proof.tables) == 9

    file = out / "07_constraints.sql"
    file.write_text(file.read_text(encoding="utf-8").replace("(amount > 0)", "(amount > 9)"), encoding="utf-8")
    spoiled = {table.table: table.verdict for table in shop.prove("unity-catalog", out=out).tables}
    assert spoiled == {**dict.fromkeys(spoiled, "PROVEN"), "silver.orders": "DIFFERENT"}
