"""Project: the folder that boathouse.yml makes one, and where everything in it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from boathouse import yaml_file
from boathouse.errors import FileError, UserError
from boathouse.names import TableName, slug

FILE = "boathouse.yml"
LOCAL = "local"


class Config(BaseModel):
    """boathouse.yml: what the project is called here and on Databricks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the project's name, part of every schema's")
    catalog: str = Field(
        default="main", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the Unity Catalog that exports write to"
    )


@dataclass(frozen=True)
class Project:
    """A project on the disk."""

    root: Path
    config: Config
    environment: str = ""  # none is the local one, whose names are those without any
    schema: str = ""  # what exports write to, where it is not the project's name
    spark: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)  # settings may be secrets
    mlflow: Mapping[str, str] = field(
        default_factory=dict, hash=False
    )  # where runs and models are kept, if not in the lake

    @property
    def target(self) -> tuple[str, str]:
        """The catalog and the schema that exports, and Spark elsewhere, write to."""
        return self.config.catalog, self.schema or self.config.name

    @property
    def elsewhere(self) -> str:
        """The environment's name, where it is not the local one."""
        return "" if self.environment == LOCAL else self.environment

    @property
    def tables(self) -> Path:
        return self.root / "tables"

    @property
    def findings(self) -> Path:
        return self.root / "findings"

    @property
    def advice(self) -> Path:
        return self.root / "advice.yml"

    @property
    def fitted(self) -> Path:
        return self.root / "fitted.yml"

    def dist(self, target: str) -> Path:
        return self.root / "dist" / "-".join(filter(None, [target, self.elsewhere]))

    def lake(self, table: TableName) -> Path:
        """Give the folder of a table's Delta files."""
        return self.lake_schema(table.layer) / table.table

    def lake_schema(self, layer: str) -> Path:
        """Give the folder of a layer's tables; no two environments share one: churn_gold, dev_churn_gold."""
        return self.root / "lake" / "_".join(filter(None, [self.elsewhere, self.config.name, layer]))

    @property
    def ops(self) -> Path:
        """Give the folder of the tables that say what was done, the ledger and the lock, which go with the lake."""
        return self.lake_schema("ops")

    def source(self, path: str) -> Path:
        """Find a source, whose path counts from the project's folder."""
        if not path or "\0" in path:
            raise UserError("a source wants a path", hint="such as raw/orders.csv")
        return (self.root / path).resolve()


def find(start: Path) -> Project:
    """Find the project that a folder belongs to, upwards as git does."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE).is_file():
            return load(folder)
    raise UserError(f"{start} is not in a Boathouse project", hint="make one with `boathouse init DIR`")


def load(root: Path) -> Project:
    text = yaml_file.read(root / FILE, root=root)
    if text.data is None:
        raise FileError(f"{FILE} is empty", hint=f"it wants at least `name: {slug(root.name)}`")
    return Project(root, text.model(Config))


def create(root: Path, name: str = "") -> Project:
    """Make a folder a project; one that is a project already is left as it is and refused."""
    if (root / FILE).exists():
        raise UserError(f"{root} is a Boathouse project already", hint=f"look at {root / FILE}")
    if root.exists() and not root.is_dir():
        raise UserError(f"{root} is a file, not a folder")
    config = Config(name=name or slug(root.resolve().name))
    text = f"name: {config.name}          # part of every schema's name: {config.name}_silver\ncatalog: {config.catalog}        # the Unity Catalog that exports write to\n"
    (root / "tables").mkdir(parents=True, exist_ok=True)
    yaml_file.write_whole(root / FILE, text)
    yaml_file.write_whole(root / ".gitignore", "lake/\ndist/*/proof/\n")
    return Project(root.resolve(), config)
