"""The Carton Caps example for tests: its landing files brought into bronze whole, as one batch or as a batch a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from boathouse import config
from boathouse.demos import _carton_caps
from boathouse.engines.duckdb import DuckDB
from boathouse.quoting import sql_name, sql_text
from boathouse.workbench import Workbench

if TYPE_CHECKING:
    from boathouse.demos._carton_caps.scale import Scale

METADATA = {"dt": "date", "_ingested_at": "timestamp", "_run_id": "string", "_source_file": "string"}
A_BATCH_A_DAY = "CAST(dt AS TIMESTAMPTZ) + INTERVAL 26 HOUR"
ONE_BATCH = "TIMESTAMPTZ '2025-01-01 00:00:00+00'"


def example(root: Path, scale: Scale, ingested_at: str = A_BATCH_A_DAY) -> Workbench:
    """Write the example, and bring its files into bronze."""
    config.create(root, "carton_caps")
    _carton_caps.write(root, scale)
    return arrived(root, ingested_at)


def arrived(root: Path, ingested_at: str = A_BATCH_A_DAY) -> Workbench:
    """Read each source's landing files into one file, with the columns that ingestion adds, and let bronze read that."""
    engine = DuckDB()
    for file in sorted((root / "tables/bronze").glob("*.yml")):
        table: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        target = f"raw/{file.stem}.parquet"
        (root / "raw").mkdir(exist_ok=True)
        columns = ", ".join(sql_name(name, "duckdb") for name in table["columns"])
        added = f"CAST(dt AS DATE) AS dt, {ingested_at} AS _ingested_at, 'run' AS _run_id, filename AS _source_file"
        select = f"SELECT {columns}, {added} FROM {landed(root, table)}"
        engine.execute(f"COPY ({select}) TO {sql_text(str(root / target), 'duckdb')}")
        table |= {"source": {"format": "parquet", "path": target}, "columns": table["columns"] | METADATA}
        file.write_text(yaml.safe_dump(table, sort_keys=False), encoding="utf-8")
    return Workbench(root)


def landed(root: Path, table: dict[str, Any]) -> str:
    files = sql_text(f"{root / table['source']['path']}/*/*", "duckdb")
    if table["source"]["format"] == "csv":
        return f"read_csv({files}, all_varchar = true, union_by_name = true, filename = true, hive_partitioning = true)"
    kinds = ", ".join(f"{name}: '{kind.replace('string', 'varchar')}'" for name, kind in table["columns"].items())
    return f"read_json({files}, format = 'newline_delimited', columns = {{{kinds}}}, filename = true, hive_partitioning = true)"
