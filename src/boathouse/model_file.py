"""Model file: models/{name}.yml says what a model is trained on; train, score, monitor and the bundle read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from boathouse import yaml_file
from boathouse.config import Project
from boathouse.errors import FileError, UnknownName, UserError
from boathouse.model import MODELS
from boathouse.names import IDENTIFIER, TableName
from boathouse.yaml_file import YamlText

FOLDER = "models"
Names = tuple[str, ...]
Share = Annotated[float, Field(gt=0, lt=1)]
PARTS = ("train", "validation", "test")


class Split(BaseModel):
    """Which share of the entities, or of the time, each part has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: Share = Field(default=0.70, description="what is learnt from")
    validation: Share = Field(default=0.15, description="what choices are made by")
    test: Share = Field(default=0.15, description="what is looked at last")

    @property
    def shares(self) -> tuple[float, float, float]:
        return self.train, self.validation, self.test


class ModelSpec(BaseModel):
    """A model of a project: its kind, the table that it learns from, and what that table's columns are to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        default="", pattern=IDENTIFIER.pattern + "$", description="may be left out; it is the file's name"
    )
    about: str = Field(default="", description="one sentence: what its score means")
    kind: str = Field(description="a file of the shelf models/, such as claims_tree_autoencoder")
    table: str = Field(description="the table that it learns from, such as gold.features")
    key: Names = Field(min_length=1, description="the columns that name a row")
    entity: Names = Field(default=(), description="whose rows stay together when they are split; by default the key")
    categorical: Names = Field(default=(), description="columns of categories")
    numerical: Names = Field(default=(), description="columns of numbers")
    protected: Names = Field(default=(), description="columns whose groups are to be treated alike")
    label: str = Field(
        default="", description="the column of the truth, where it is known; 1 or true is what is sought"
    )
    time: str = Field(default="", description="the column of the time; with it the newest rows are the test's")
    registered_name: str = Field(
        default="", description="its full name in the registry; by default catalog.schema.name"
    )
    model_types: Names = Field(default=(), description="one is trained of each: catboost, xgboost, lightgbm")
    score: str = Field(
        default="fraud_score",
        pattern=IDENTIFIER.pattern + "$",
        description="the column of its scores; fraud_score stands in fraud_scores_catboost",
    )
    threshold_percentile: float = Field(default=95.0, gt=0, lt=100, description="scores above it are flagged")
    options: dict[str, Any] = Field(default={}, description="arguments of the kind's class")
    split: Split = Split()

    @property
    def source(self) -> TableName:
        return TableName.parse(self.table)

    @property
    def registry_name(self) -> str:
        return self.registered_name or self.name

    @property
    def features(self) -> Names:
        return (*self.categorical, *self.numerical)

    @property
    def columns(self) -> Names:
        """Name every column of the table that any of the jobs reads, each once."""
        said = (*self.key, *self.entity, *self.features, *self.protected, self.label, self.time)
        return tuple(dict.fromkeys(filter(None, said)))

    def scores_table(self, model_type: str) -> str:
        """Name the table of the scores of the rows that it learnt from."""
        return f"{self.score}s_{model_type}"

    def on(self, table: str, columns: Iterable[str]) -> Self:
        """Take another table in the place of the file's; of a label and a time that it does not have, nothing is known."""
        known = set(columns)
        missing = {role: "" for role in ("label", "time") if getattr(self, role) not in known}
        return self.model_copy(update={"table": table, **missing})

    def over(self, **options: Any) -> Self:
        """Put options over what the file says; those that are empty say nothing."""
        return self.model_copy(update={name: value for name, value in options.items() if value})


def load(project: Project, name: str = "") -> ModelSpec:
    """Read one model's file, which need not be named where there is one alone."""
    known = files(project)
    if not known:
        raise UserError(f"{project.config.name} has no {FOLDER}/*.yml", hint="write one: kind, table, key and columns")
    if not name and len(known) > 1:
        raise UserError("there is more than one model", hint=f"add --model {' or '.join(known)}")
    name = name or next(iter(known))
    if name not in known:
        raise UnknownName("model", name, known, where=FOLDER)
    return read(known[name], project.root)


def load_all(project: Project) -> tuple[ModelSpec, ...]:
    """Read every model's file, in alphabetical order."""
    return tuple(read(file, project.root) for file in files(project).values())


def files(project: Project) -> dict[str, Path]:
    """Find the models' files by the models' names."""
    folder = project.root / FOLDER
    for file in sorted(folder.glob("*.yaml")):
        raise FileError(f"{FOLDER}/{file.name} is no model's file", hint=f"call it {file.stem}.yml")
    return {file.stem: file for file in sorted(folder.glob("*.yml")) if not file.name.startswith(".")}


def read(file: Path, root: Path) -> ModelSpec:
    """Read a model's file; what is wrong is an error that names file, line and column."""
    text = yaml_file.read(file, root=root)
    spec = text.model(ModelSpec)
    if spec.name and spec.name != file.stem:
        raise FileError(f"`name` is {spec.name}, and the file is {file.name}", place=text.place(("name",)))
    if not IDENTIFIER.fullmatch(file.stem):
        raise FileError(f"{text.file}: `{file.stem}` is no name of a model", hint="use letters, digits and underscores")
    _refuse(text, spec)
    return spec.model_copy(update={"name": file.stem})


def _refuse(text: YamlText, spec: ModelSpec) -> None:
    if spec.kind not in MODELS.names():
        raise UnknownName("model kind", spec.kind, MODELS.names(), place=text.place(("kind",)))
    try:
        TableName.parse(spec.table)
    except UserError as error:
        raise error.at(text.place(("table",))) from None
    for path, message in _contradictions(spec):
        raise FileError(message, place=text.place(path))


def _contradictions(spec: ModelSpec) -> Iterator[tuple[yaml_file.Path_, str]]:
    """Say what cannot be: no features at all, a column that is two things, parts that are not the whole."""
    if not spec.features:
        yield ("categorical",), "a model wants columns: `categorical`, `numerical` or both"
    seen: dict[str, str] = {}
    for role in ("label", "categorical", "numerical"):
        said = getattr(spec, role)
        for at, column in enumerate((said,) if isinstance(said, str) else said):
            if column and column in seen:
                yield (role, at), f"`{column}` is {seen[column]} already"
            seen[column] = role
    if abs(sum(spec.split.shares) - 1) > 1e-9:  # noqa: PLR2004 - as near as sums of thirds come
        yield ("split",), f"{', '.join(PARTS)} make {sum(spec.split.shares):g}, and not 1"
