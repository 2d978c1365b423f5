"""Types in two spellings: Databricks SQL words, which all of Boathouse speaks, and those of DuckDB."""

from __future__ import annotations

from boathouse.quoting import sql_name


def duckdb_type(name: str) -> str:
    """Spell a Databricks type for DuckDB."""
    words = {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ", "binary": "BLOB", "int": "INTEGER"}
    if name.startswith("array<"):
        return f"{duckdb_type(name[6:-1])}[]"
    if name.startswith("map<"):
        key, value = split_types(name[4:-1])
        return f"MAP({duckdb_type(key)}, {duckdb_type(value)})"
    if name.startswith("struct<"):
        fields = [part.split(":", 1) for part in split_types(name[7:-1])]
        inside = [f"{sql_name(key, 'duckdb')} {duckdb_type(kind)}" for key, kind in fields]
        return f"STRUCT({', '.join(inside)})"
    return words.get(name, name.upper())


def databricks_type(duckdb: str) -> str:
    """Say which Databricks type holds a DuckDB type; a type that none holds is an error with the way out.

    HUGEINT is what DuckDB makes of SUM(bigint), where Spark makes bigint. Unsigned types go one size up.
    """
    name = duckdb.strip().upper()
    if name.endswith("[]"):
        return f"array<{databricks_type(duckdb.strip()[:-2])}>"
    words = {
        "VARCHAR": "string", "INTEGER": "int", "HUGEINT": "bigint", "UTINYINT": "smallint", "USMALLINT": "int",
        "UINTEGER": "bigint", "UBIGINT": "decimal(20,0)", "TIMESTAMP WITH TIME ZONE": "timestamp", "TIMESTAMP": "timestamp",
        "TIMESTAMP_NS": "timestamp", "TIMESTAMPTZ_NS": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_S": "timestamp", "BLOB": "binary", "UUID": "string",
        "TIME": "string", "JSON": "string", "INTERVAL": "string", "BIT": "string", '"NULL"': "string", "NULL": "string",
    }  # fmt: skip
    if name.startswith(("STRUCT", "MAP", "UNION", "ENUM", "VARIANT")):
        return "string"
    return words.get(name, name.lower().replace(" ", ""))


def split_types(text: str) -> list[str]:
    """Split `string,array<map<int,int>>` at its outer commas."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, text[start:]]]
