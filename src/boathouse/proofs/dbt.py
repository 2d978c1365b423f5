"""Run `dbt build` on DuckDB, or on a Spark session with Delta, on the bronze tables of the lake."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from boathouse import jars, spark_settings
from boathouse.action import Action
from boathouse.comparison import Comparison
from boathouse.dbt import command
from boathouse.dbt.command import DbtResult
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.quoting import sql_name, sql_text
from boathouse.rehearsal import Rehearsal

ON = ("duckdb", "spark")
SETTINGS = "dbt_project.yml"
SKIPPED = "dbt skips it, for a test of what it reads fails, or that could not be made"
NOT_THERE = DbtResult("model", "", "it has no model for this table", "")


def rehearse(rehearsal: Rehearsal) -> Iterator[tuple[TableName | str, Comparison]]:
    """Build a copy of the project, compare every table and quarantine, and tell of each test that fails."""
    if not (rehearsal.out / SETTINGS).is_file():
        raise UserError(f"{rehearsal.out} holds no dbt project", hint="type `boathouse export dbt`")
    place = _Place(rehearsal)
    place.copy()
    results = {(result.kind, result.name): result for result in place.build()}
    for action in rehearsal.plan.actions:
        for name in action.writes if action.name.layer != "bronze" else ():
            yield name, place.compare(action, name, results.pop(("model", name.flat), NOT_THERE))
    for result in results.values():
        if result.is_wrong:
            yield result.name, Comparison("DIFFERENT", f"the {result.kind} fails: {result.message}")


class _Place:
    """The folder that dbt works in, and the tables that it leaves there."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.folder = rehearsal.folder / "dbt"
        self.database = rehearsal.folder / "made.duckdb"
        self.warehouse = rehearsal.folder / "warehouse"
        self.schema = ""
        self._duckdb = DuckDB()

    def copy(self) -> None:
        ignored = shutil.ignore_patterns("target", "logs", "proof", "*.duckdb", "metastore_db", "spark-warehouse")
        shutil.copytree(self.rehearsal.out, self.folder, ignore=ignored)
        self.schema = _name((self.folder / SETTINGS).read_text(encoding="utf-8"))

    def build(self) -> tuple[DbtResult, ...]:
        bronze = self.rehearsal.project.lake_schema("bronze")
        variables = {"BRONZE_FOLDER": str(bronze), "DUCKDB_FILE": str(self.database)}
        on_spark = self.rehearsal.on == "spark"
        if on_spark:
            variables |= self._spark()
        done = command.build(self.folder, "spark" if on_spark else "local", variables)
        self.rehearsal.engines = f"dbt {done.version} and {'Spark' if on_spark else 'DuckDB'}"
        if not on_spark and self.database.is_file():
            self._duckdb.execute(f"ATTACH {sql_text(str(self.database), 'duckdb')} AS made (READ_ONLY)")
        return done.results

    def _spark(self) -> dict[str, str]:
        """Write the settings of the Spark that dbt starts, and say where they and its Java are."""
        conf = self.rehearsal.folder / "conf"
        conf.mkdir()
        log = conf / "log4j2.properties"
        log.write_text(spark_settings.QUIET.format(file=self.rehearsal.folder / "spark.log"), encoding="utf-8")
        settings = {
            **spark_settings.SETTINGS,
            "spark.master": "local[2]",
            "spark.jars": ",".join(map(str, jars.find_jars())),
            "spark.sql.warehouse.dir": str(self.warehouse),
            "spark.local.dir": str(self.rehearsal.folder),
            "spark.driver.extraJavaOptions": spark_settings.JAVA_OPTIONS.format(log4j=log.as_uri()),
        }
        lines = "".join(f"{key} {value}\n" for key, value in settings.items())
        (conf / "spark-defaults.conf").write_text(lines, encoding="utf-8")
        # A metastore in a database of its own is slower, and remembers what nobody asks again.
        return {
            "SPARK_CATALOG": "in-memory",
            "SPARK_CONF_DIR": str(conf),
            "JAVA_HOME": str(Path(jars.find_java()).resolve().parent.parent),
        }

    def compare(self, action: Action, name: TableName, result: DbtResult) -> Comparison:
        if result.status != "success":
            return Comparison("NOT COMPARABLE", SKIPPED if result.status == "skipped" else f"dbt: {result.message}")
        how = {"key": action.table.contract.key} if name == action.name else {"without": (action.run_column,)}
        return self.rehearsal.compare(name, self._made(name), **how)

    def _made(self, name: TableName) -> Path:
        """Give the folder of a table; what DuckDB made is written out as Delta."""
        schema = f"{self.schema}_{name.layer}"
        if self.rehearsal.on == "spark":
            return self.warehouse / f"{schema}.db".lower() / name.table.lower()
        made = self.rehearsal.folder / schema / name.table
        parts = ".".join(sql_name(part, "duckdb") for part in ("made", schema, name.table))
        delta.overwrite(made, self._duckdb.stream(f"SELECT * FROM {parts}"))
        return made


def _name(settings: str) -> str:
    """Read the project's name, which its schemas begin with."""
    found = re.search(r"^name: (\w+)$", settings, re.MULTILINE)
    if found is None:
        raise UserError(f"{SETTINGS} has no name", hint="write it anew with `boathouse export dbt`")
    return found[1]
