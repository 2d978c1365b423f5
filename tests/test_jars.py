"""What Spark needs is found, or the error says how to get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boathouse import jars
from boathouse.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_of_jars_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOATHOUSE_JARS", str(tmp_path))
    monkeypatch.setattr(jars, "spark_version", lambda: "4.2.0")
    with pytest.raises(EngineError, match="no delta-spark jar stands there"):
        jars.find_jars()

    (tmp_path / "delta-spark_4.2_2.13-4.4.0.jar").touch()
    assert [jar.name for jar in jars.find_jars()] == ["delta-spark_4.2_2.13-4.4.0.jar"]


def test_fetched_jars_are_kept_outside_of_any_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("BOATHOUSE_JARS", raising=False)
    folder = jars.cache() / "delta-spark_4.2_2.13-4.4.0"
    folder.mkdir(parents=True)
    (folder / "delta-storage-4.4.0.jar").touch()
    monkeypatch.setattr(jars, "spark_version", lambda: "4.2.0")

    assert jars.find_jars() == [
        tmp_path / "boathouse" / "jars" / "delta-spark_4.2_2.13-4.4.0" / "delta-storage-4.4.0.jar"
    ]


def test_without_maven_spark_itself_is_to_fetch_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BOATHOUSE_JARS", raising=False)
    monkeypatch.setattr(jars, "spark_version", lambda: "4.2.0")

    assert jars.find_jars() == []


def test_a_spark_without_a_delta_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "spark_version", lambda: "4.9.0")
    with pytest.raises(EngineError, match=r"no Delta release is known for PySpark 4\.9\.0; install PySpark 4\.2\.\*"):
        jars.delta_package()


def java(folder: Path, version: str, modules: str) -> None:
    """Put a program into bin/ that answers as a Java does."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "java"
    answer = f"""case "$1" in -version) echo 'openjdk version "{version}"' >&2;; *) echo '{modules}';; esac"""
    program.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    program.chmod(0o755)


def test_no_java_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"there is none; .*apt-get install openjdk-17-jre-headless"):
        jars.find_java()


@pytest.mark.parametrize(
    ("version", "modules", "said"),
    [
        ("11.0.2", "java.base", "is Java 11, too old for Spark"),
        ("1.8.0_292", "java.base", "is Java 1, too old for Spark"),
        ("17.0.15", "java.base", "lacks the module jdk.incubator.vector"),
    ],
)
def test_a_java_that_spark_does_not_run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, modules: str, said: str
) -> None:
    java(tmp_path, version, modules)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=said):
        jars.find_java()


def test_a_java_that_spark_runs_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java(tmp_path, "21.0.1", "jdk.incubator.vector@21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    assert jars.find_java() == str(tmp_path / "bin" / "java")
