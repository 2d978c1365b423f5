"""Spark runs the PySpark text: a local session with Delta, or the one that SPARK_REMOTE names."""

from __future__ import annotations

import atexit
import os
import re
import secrets
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from boathouse import jars
from boathouse.errors import EngineError, UserError
from boathouse.quoting import sql_name, sql_text
from boathouse.schema import Schema
from boathouse.secret import is_secret
from boathouse.spark_settings import JAVA_OPTIONS, MEANING, QUIET, SETTINGS

NOTHING: Mapping[str, str] = MappingProxyType({})
LOCAL_CATALOG = "spark_catalog"  # its tables have three-level names as they are: spark_catalog.schema.table


@dataclass(frozen=True)
class Spark:
    """A session, and what the proof and the run ask of it."""

    session: Any
    remote: bool = False
    connect: bool = False  # whether it is a client of a session here

    @property
    def version(self) -> str:
        delta = "" if self.remote else f" with Delta {jars.delta_package().rsplit(':', 1)[1]}"
        return f"Spark {'Connect ' if self.connect else ''}{self.session.version}{delta}"

    def create_schema(self, schema: str, location: Path) -> None:
        """Make a schema whose tables stand in a folder of ours; `schema` is an identifier."""
        self.session.sql(
            f"CREATE SCHEMA IF NOT EXISTS {LOCAL_CATALOG}.{schema} LOCATION {sql_text(str(location), 'databricks')}"
        )

    def drop_schema(self, schema: str) -> None:
        self.session.sql(f"DROP SCHEMA IF EXISTS {LOCAL_CATALOG}.{schema} CASCADE")

    def adopt_table(self, schema: str, table: str, location: Path) -> None:
        """Give a Delta table that stands in a folder a name; both names are identifiers."""
        name = f"{LOCAL_CATALOG}.{schema}.{table}"
        self.session.sql(
            f"CREATE TABLE IF NOT EXISTS {name} USING delta LOCATION {sql_text(str(location), 'databricks')}"
        )

    def replace_table(self, schema: str, table: str, location: Path) -> None:
        """Give a table the rows of a Delta folder; both names are identifiers."""
        rows = self.session.read.format("delta").load(str(location))
        writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
        writer.saveAsTable(f"{LOCAL_CATALOG}.{schema}.{table}")

    def create_table(self, schema: str, table: str, columns: Schema) -> None:
        """Make a table without rows; both names are identifiers."""
        written = ", ".join(f"{sql_name(column.name, 'databricks')} {column.type}" for column in columns)
        self.session.sql(f"CREATE TABLE IF NOT EXISTS {LOCAL_CATALOG}.{schema}.{table} ({written}) USING delta")

    def execute(self, statement: str) -> None:
        """Run a statement that gives no rows."""
        try:
            with quiet():
                self.session.sql(statement)
        except Exception as error:
            raise EngineError(sentence(error)) from error

    def answer(self, sql: str, location: Path) -> None:
        """Answer a SELECT as a Delta table in a folder."""
        try:
            with quiet():
                self.session.sql(sql).write.format("delta").mode("overwrite").save(str(location))
        except Exception as error:
            raise EngineError(sentence(error)) from error

    def note(self, text: str) -> None:
        """Have every commit from now on carry a note."""
        self.session.conf.set("spark.databricks.delta.commitInfo.userMetadata", text)

    def history(self, table: str) -> tuple[int, int]:
        """Say a remote table's version and how many rows it holds; `table` is made of identifiers."""
        version = self.session.sql(f"DESCRIBE HISTORY {table} LIMIT 1").first()["version"]
        return int(version), int(self.session.table(table).count())

    def serve(self) -> str:
        """Serve this session's JVM by Spark Connect, to this machine and who has its token, until it ends; give the address."""
        jvm = self.session._jvm  # noqa: SLF001 - there is no other way to the service
        package, conf = jvm.org.apache.spark.sql.connect.service, jvm.org.apache.spark.SparkEnv.get().conf()
        service = getattr(getattr(package, "SparkConnectService$"), "MODULE$")
        if not service.started():
            conf.set("spark.connect.grpc.binding.address", "127.0.0.1").set("spark.connect.grpc.binding.port", "0")
            conf.set("spark.connect.authenticate.token", secrets.token_hex(16))
            service.start(self.session.sparkContext._jsc.sc())  # noqa: SLF001
        return f"sc://localhost:{service.localPort()}/;token={conf.get('spark.connect.authenticate.token')}"

    @contextmanager
    def connected(self) -> Iterator[Spark]:
        """Give a session of Spark Connect to this one's JVM; functions of PySpark written meanwhile are for it."""
        try:
            with quiet():
                from pyspark.sql.connect.session import SparkSession

                client = SparkSession.builder.remote(self.serve()).create()
        except ImportError as error:
            raise EngineError(
                f"Spark Connect wants more packages: {sentence(error)}", hint="pip install 'boathouse[pipelines]'"
            ) from error
        # PySpark asks the environment which of its two kinds of columns F.col is to make.
        os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
        try:
            yield Spark(client, connect=True)
        finally:
            del os.environ["SPARK_CONNECT_MODE_ENABLED"]
            client.stop()

    def run_cells(self, cells: Iterable[tuple[str, str]]) -> None:
        """Run cells (title and code) in one namespace, as a notebook does; an error says in which cell it happened."""
        namespace: dict[str, Any] = {"spark": self.session, "__name__": "__main__"}
        for title, code in cells:
            try:
                with quiet(), redirect_stdout(sys.stderr):  # stdout is the verb's own
                    exec(compile(code, f"<{title}>", "exec"), namespace)  # noqa: S102 - to run the notebook is the point
            except Exception as error:
                raise EngineError(f"{title}: {sentence(error)}") from error


@contextmanager
def session(*, local: bool = False, settings: Mapping[str, str] = NOTHING) -> Iterator[Spark]:
    """Give a Spark session: the active one, that of SPARK_REMOTE (unless it is to be local), or one that ends with the block.

    `settings` are for a session that starts here; they change how fast it is, never what a table holds.
    """
    remote = "" if local else os.environ.get("SPARK_REMOTE", "")
    java = "" if remote else jars.find_java()
    jars.spark_version()  # says how to install PySpark where it is missing
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        yield Spark(active, bool(remote))
    elif remote:
        yield Spark(_connect(remote), remote=True)
    else:
        with tempfile.TemporaryDirectory(prefix="boathouse-spark-") as folder:
            started = _start(Path(folder), java, {**settings, **MEANING})
            try:
                yield Spark(started)
            finally:
                _stop(started)


def _connect(remote: str) -> Any:
    from pyspark.sql import SparkSession

    try:
        with quiet():
            return SparkSession.builder.remote(remote).getOrCreate()
    except ImportError as error:
        raise EngineError(
            f"Spark Connect wants more packages: {sentence(error)}", hint="pip install 'boathouse[pipelines]'"
        ) from error
    except Exception as error:
        raise EngineError(f"SPARK_REMOTE is {remote}, and it does not answer: {sentence(error)}") from error


def is_databricks() -> bool:
    """Tell whether this runs on a Databricks cluster."""
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def local_session(wanted: Mapping[str, str]) -> Any:
    """Give a local session with Delta that lasts until it is stopped: the active one, or a new one; `wanted` are settings over ours."""
    jars.spark_version()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    with quiet():
        if SparkSession.getActiveSession() is not None:
            return SparkSession.builder.config(map=dict(wanted)).getOrCreate()
        if SparkContext._gateway is not None:  # noqa: SLF001 - a session was stopped, and its JVM, with the jars, is there
            return SparkSession.builder.config(map={"spark.master": "local[2]", **SETTINGS, **wanted}).getOrCreate()
    folder = tempfile.TemporaryDirectory(prefix="boathouse-spark-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return _start(Path(folder.name), jars.find_java(), wanted)


def distant_session(wanted: Mapping[str, str]) -> Any:
    """Give Databricks' own session, or that of SPARK_REMOTE, with settings; there is no other to be had."""
    remote = os.environ.get("SPARK_REMOTE", "")
    if not remote and not is_databricks():
        raise UserError(
            "this environment runs on Databricks, and this is not Databricks",
            hint="set SPARK_REMOTE to the cluster, or take the environment `local`",
        )
    jars.spark_version()
    from pyspark.sql import SparkSession

    session = _connect(remote) if remote else SparkSession.builder.getOrCreate()
    for key, value in wanted.items():
        try:
            session.conf.set(key, value)
        except Exception as error:  # noqa: BLE001 - each of them says why, and one's cause may hold a secret
            why = "" if is_secret(key) else f": {sentence(error)}"
            raise EngineError(f"the cluster refuses the setting {key}{why}", hint="leave it to the cluster") from None
    return session


def _start(folder: Path, java: str, wanted: Mapping[str, str]) -> Any:
    """Start a JVM whose output goes to a file: stdout belongs to --json, stderr to the progress."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    os.environ.setdefault("JAVA_HOME", str(Path(java).resolve().parent.parent))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # models are asked in processes that want our packages
    log4j, output = folder / "log4j2.properties", folder / "java.log"
    log4j.write_text(QUIET.format(file=folder / "spark.log"), encoding="utf-8")
    conf = SparkConf().setMaster("local[2]").setAppName("boathouse").setAll([*SETTINGS.items(), *_jar_settings()])
    conf.set("spark.driver.extraJavaOptions", JAVA_OPTIONS.format(log4j=log4j.as_uri()))
    conf.set("spark.sql.warehouse.dir", str(folder / "warehouse")).set("spark.local.dir", str(folder / "scratch"))
    conf.setAll([(key, value) for key, value in wanted.items() if not is_secret(key)])
    try:
        with quiet(), output.open("wb") as file:
            gateway = launch_gateway(conf, {"stdout": file, "stderr": file})
            conf.setAll(list(wanted.items()))  # the JVM's command line, which everybody may read, has no secrets
            context = SparkContext(conf=conf, gateway=gateway)
    except Exception as error:
        said = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        hint = "" if conf.contains("spark.jars") else jars.how_to_get_jars()
        raise EngineError(f"Spark does not start: {' '.join([sentence(error), *said])}", hint=hint) from error
    return SparkSession(context)


def _jar_settings() -> list[tuple[str, str]]:
    found = jars.find_jars()
    if found:
        return [("spark.jars", ",".join(str(jar) for jar in found))]
    return [("spark.jars.packages", jars.delta_package())]


def _stop(session: Any) -> None:
    """End the session and its JVM; PySpark alone would keep the JVM until Python ends."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway  # noqa: SLF001 - there is no other way to the process
    session.stop()
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - so that a later session starts its own


@contextmanager
def quiet() -> Iterator[None]:
    """Keep PySpark from writing to stderr: it warns of pandas 3, which only models are given, and logs what it raises as well."""
    from pyspark.logger import PySparkLogger

    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield


def sentence(error: BaseException) -> str:
    """Keep of an error the sentence that says what is wrong: its first cause's, without the JVM's stack."""
    java = getattr(error, "java_exception", None)
    text = str(java.getMessage() or java.toString()) if java is not None else str(error)
    # What a task raised is wrapped by its stage and the write, and only their stack trace tells it.
    causes = re.findall(r"^Caused by: [\w.$]+: (.+)$", getattr(error, "_stackTrace", str(error)), flags=re.MULTILINE)
    lines = [line.strip() for line in (causes[-1:] or text.splitlines()) if line.strip()]
    said = lines[0] if lines else type(error).__name__
    return said.split(" SQLSTATE:", 1)[0]
