"""A stand-in for Databricks' pipelines: the decorators of `dp` and `dlt`, and an update of what they declare, on classic Spark."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Query = Callable[[], Any]
RULES = {"expect_all": "warn", "expect_all_or_drop": "drop", "expect_all_or_fail": "fail"}


class UpdateFailed(Exception):
    """A row breaks an expectation that must hold."""


@dataclass
class Dataset:
    """A table or a view, what is expected of its rows, and how many of them broke what."""

    name: str
    query: Query
    is_view: bool = False
    expectations: dict[str, dict[str, str]] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)


@dataclass
class Lakeflow:
    """One pipeline: what its files declare, and the session that its tables are made by."""

    session: Any
    configuration: dict[str, str]
    datasets: dict[str, Dataset] = field(default_factory=dict)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)  # of AUTO CDC
    views: dict[str, Dataset] = field(default_factory=dict)

    # ---- what the files call -----------------------------------------------------------------------------------------

    def module(self, names: str) -> ModuleType:
        made = ModuleType(names)
        kinds = {"table": False, "view": True} if names == "dlt" else {
            "table": False, "materialized_view": False, "temporary_view": True,
        }  # fmt: skip
        for kind, is_view in kinds.items():
            setattr(made, kind, self._declare(is_view=is_view))
        for word, kind in RULES.items():
            setattr(made, word, self._expect(kind))
        made.create_streaming_table = self._create  # type: ignore[attr-defined]
        setattr(made, "apply_changes" if names == "dlt" else "create_auto_cdc_flow", self._auto_cdc)
        return made

    def _declare(self, *, is_view: bool) -> Callable[..., Any]:
        def declare(*, name: str, comment: str = "") -> Callable[[Any], None]:
            del comment

            def decorate(found: Query | Dataset) -> None:
                dataset = found if isinstance(found, Dataset) else Dataset("", found)
                dataset.name, dataset.is_view = name, is_view
                kept = self.views if is_view else self.datasets
                assert name not in kept, name
                kept[name] = dataset

            return decorate

        return declare

    @staticmethod
    def _expect(kind: str) -> Callable[[dict[str, str]], Callable[[Any], Dataset]]:
        def expect(rules: dict[str, str]) -> Callable[[Any], Dataset]:
            # Databricks refuses what looks at other rows
            assert not [rule for rule in rules.values() if "SELECT" in rule or "OVER" in rule]

            def decorate(found: Query | Dataset) -> Dataset:
                dataset = found if isinstance(found, Dataset) else Dataset("", found)
                dataset.expectations[kind] = rules
                return dataset

            return decorate

        return expect

    def _create(self, *, name: str, comment: str = "", table_properties: dict[str, str] | None = None) -> None:
        assert all(isinstance(value, str) for value in (comment, *(table_properties or {}).values()))
        self.targets[name] = {}

    def _auto_cdc(self, *, target: str, **told: Any) -> None:
        assert target in self.targets, f"{target} is no streaming table"
        self.targets[target] = told
        self.datasets[target] = Dataset(target, lambda: self._changed(**told))

    # ---- an update ---------------------------------------------------------------------------------------------------

    def load(self, folder: Path, names: str, monkeypatch: pytest.MonkeyPatch) -> None:
        import pyspark

        module = self.module(names)
        if names == "dlt":
            monkeypatch.setitem(sys.modules, "dlt", module)
        else:
            monkeypatch.setitem(sys.modules, "pyspark.pipelines", module)
            monkeypatch.setattr(pyspark, "pipelines", module, raising=False)
        for file in sorted((folder / "transformations").rglob("*.py")):
            exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), {"spark": _Session(self)})  # noqa: S102

    def update(self) -> None:
        """Make each table once those that it reads are there."""
        waiting = list(self.datasets.values())
        while waiting:
            left = [dataset for dataset in waiting if not self._make(dataset)]
            assert len(left) < len(waiting), f"{[dataset.name for dataset in left]} read what nothing makes"
            waiting = left

    def _make(self, dataset: Dataset) -> bool:
        from pyspark.errors import AnalysisException

        try:
            rows = dataset.query()
        except AnalysisException as error:
            if error.getCondition() == "TABLE_OR_VIEW_NOT_FOUND":
                return False
            raise
        writer = self._kept(dataset, rows).write.format("delta").mode("overwrite")
        writer.option("overwriteSchema", "true").saveAsTable(f"spark_catalog.{dataset.name}")
        return True

    def _kept(self, dataset: Dataset, rows: Any) -> Any:
        for kind, rules in dataset.expectations.items():
            for name, rule in rules.items():
                # NULL is not true, and so it is broken.
                dataset.broken[name] = rows.where(f"NOT coalesce(({rule}), false)").count()
                if dataset.broken[name] and kind == "fail":
                    raise UpdateFailed(f"{dataset.name}: {name}")
        for rule in dataset.expectations.get("drop", {}).values():
            rows = rows.where(rule)
        return rows

    def read(self, name: str) -> Any:
        return self.views[name].query() if name in self.views else self.session.table(f"spark_catalog.{name}")

    # ---- AUTO CDC, a change after the other ----------------------------------------------------------------------------

    def _changed(self, *, source: str, keys: list[str], sequence_by: Any, stored_as_scd_type: int, **told: Any) -> Any:
        from pyspark.sql import functions as F  # noqa: N812 - as every notebook has it

        deletes = told.get("apply_as_deletes", F.lit(False))
        feed = (
            self.read(source).withColumn("__at", sequence_by).withColumn("__deleted", F.coalesce(deletes, F.lit(False)))
        )
        left_out = [*told.get("except_column_list", []), "__deleted"]
        changes = [row.asDict() for row in feed.orderBy("__at").collect()]
        rows: dict[Any, list[dict[str, Any]]] = {}
        tracked = told.get("track_history_column_list", [])
        for change in changes:
            versions = rows.setdefault(tuple(change[key] for key in keys), [])
            _apply(versions, change, tracked, is_history=stored_as_scd_type == 2)
        columns = [name for name in feed.columns if name not in (*left_out, "__at")]
        made = [row for versions in rows.values() for row in versions]
        kinds = {column.name: column.dataType.simpleString() for column in feed.schema}
        schema = [f"`{name}` {kinds[name]}" for name in columns]
        if stored_as_scd_type == 2:
            schema += [f"`{name}` {kinds['__at']}" for name in ("__START_AT", "__END_AT")]
            columns += ["__START_AT", "__END_AT"]
        return self.session.createDataFrame([tuple(row[name] for name in columns) for row in made], ", ".join(schema))


def _apply(versions: list[dict[str, Any]], change: dict[str, Any], tracked: list[str], *, is_history: bool) -> None:
    """Put one change, newer than all before, into the versions of its key."""
    current = versions[-1] if versions and versions[-1].get("__END_AT") is None else None
    if not is_history:
        versions[:] = [] if change["__deleted"] else [change]
    elif change["__deleted"]:
        if current is not None:
            current["__END_AT"] = change["__at"]
    elif current is not None and all(current[name] == change[name] for name in tracked):
        current |= change
    else:
        if current is not None:
            current["__END_AT"] = change["__at"]
        versions.append({**change, "__START_AT": change["__at"], "__END_AT": None})


class _Session:
    """What a file of a pipeline knows as `spark`."""

    def __init__(self, pipeline: Lakeflow) -> None:
        self._pipeline = pipeline
        self.read = pipeline.session.read
        self.conf = pipeline.configuration
        self.table = pipeline.read
        self.sql = pipeline.session.sql

    @property
    def readStream(self) -> _Stream:  # noqa: N802 - as Spark has it
        return _Stream(self._pipeline)


class _Stream:
    """Auto Loader, which reads all files at once here; its own options are left out."""

    def __init__(self, pipeline: Lakeflow) -> None:
        self.table = pipeline.read
        self._reader = pipeline.session.read

    def format(self, name: str) -> _Stream:
        assert name == "cloudFiles"
        return self

    def option(self, key: str, value: Any) -> _Stream:
        if key == "cloudFiles.format":
            self._reader = self._reader.format(value)
        elif not key.startswith("cloudFiles."):
            self._reader = self._reader.option(key, value)
        return self

    def options(self, **options: Any) -> _Stream:
        self._reader = self._reader.options(**options)
        return self

    def load(self, path: str) -> Any:
        return self._reader.option("recursiveFileLookup", "true").load(path)
