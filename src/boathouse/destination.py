"""Destination: where the code of an export reads and writes, and how it names the tables there."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.names import Layer, TableName
from boathouse.quoting import Dialect, sql_name


@dataclass(frozen=True)
class Destination:
    """A catalog, and one schema for all tables (main.churn.silver_plans) or one for each layer (main.churn_silver.plans)."""

    catalog: str
    schema: str
    source_path: str = ""  # bronze
    location: str = ""  # the folder of the table's files, where the catalog is not to choose it
    by_layer: bool = False
    is_stream: bool = True  # whether landing folders are read by Auto Loader
    widgets: bool = False  # whether catalog and schema are parameters of a notebook, which the job gives

    @property
    def records(self) -> bool:
        """Tell whether the code says what it found: in a folder of ours, the run does."""
        return not self.location

    def of(self, layer: Layer) -> str:
        """Name the schema that a layer's tables stand in."""
        return f"{self.schema}_{layer}" if self.by_layer else self.schema

    def table(self, name: TableName) -> str:
        """Name a table in full."""
        return f"{self.catalog}.{self.schema}{self.tail(name)}"

    def tail(self, name: TableName) -> str:
        """Give what comes behind the schema's name: .silver_plans, or _silver.plans."""
        return f"_{name.layer}.{name.table}" if self.by_layer else f".{name.flat}"

    def place(self, name: TableName, dialect: Dialect) -> str:
        """Name a table within an f-string, by the constants of a notebook."""
        del dialect
        return f"{{CATALOG}}.{{SCHEMA}}{self.tail(name)}"

    @property
    def models(self) -> str:
        """Name the schema of the models within an f-string, by the constants of a notebook: that of gold, as in a store."""
        return "{CATALOG}.{SCHEMA}_gold"

    def text(self, name: TableName) -> str:
        """Write a table's name as Python text, by the constants of a notebook."""
        return f'f"{self.place(name, "databricks")}"'

    def volume(self, volume: str) -> str:
        """Name the folder of a volume of bronze."""
        return f"/Volumes/{self.catalog}/{self.of('bronze')}/{volume}"

    @property
    def constants(self) -> Destination:
        """The same, with the names of a notebook's constants for its values: to be written within an f-string."""
        return Destination("{CATALOG}", "{SCHEMA}", by_layer=self.by_layer)

    def quoted(self, name: TableName, dialect: Dialect = "databricks") -> str:
        """Name a table in full for SQL, each part quoted."""
        table = name.table if self.by_layer else name.flat
        return ".".join(sql_name(part, dialect) for part in (self.catalog, self.of(name.layer), table))
