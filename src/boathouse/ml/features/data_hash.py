"""Data hash: one number of all rows of a feature view, whatever their order."""

from __future__ import annotations

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.quoting import sql_name


def data_hash(engine: DuckDB, config: FeatureViewConfig, rows: str) -> str:
    """Hash the rows of a query: the SHA-256 of those of each row, in their own order."""
    written = ", ".join(
        f"{sql_name(f'c{at}', 'duckdb')} := {sql_name(name, 'duckdb')}" for at, name in enumerate(config.columns)
    )
    each = f"SELECT sha256(CAST(to_json(struct_pack({written})) AS VARCHAR)) AS h FROM ({rows})"
    return str(engine.row(f"SELECT sha256(coalesce(string_agg(h, '' ORDER BY h), '')) AS hash FROM ({each})")["hash"])


def check_hash(engine: DuckDB, config: FeatureViewConfig, rows: str) -> None:
    """Refuse rows that are not those whose hash the view was declared with."""
    if config.data_hash is None:
        return
    found = data_hash(engine, config, rows)
    if found != config.data_hash:
        raise UserError(
            f"the rows for {config.name} are not those that it was declared with: their hash is {found}",
            hint=f"it was declared with {config.data_hash}; take the rows of then, or leave data_hash out",
        )
