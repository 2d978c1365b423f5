"""Environment files: config/{defaults,local,lab,dev,prod}.yaml and what is put over them, made one environment's settings.

A value comes from the last of these that has it: `boathouse.yml`, `config/defaults.yaml`, `config/{env}.yaml`, a variable such as
`BOATHOUSE__catalog__name`, an option such as `--set catalog.name=analytics`. `boathouse config --env dev` shows which it was.
A secret (token, password, api_key) belongs into a variable; wherever it stands, it is shown as stars.

The environment is `--env`, or the variable `BOATHOUSE_ENV`, or `local`. It decides the catalog, which carries its name: of `analytics`,
dev makes `dev_analytics`, and one that begins with another environment's name is refused. It decides the lake as well: the tables of dev stand under
`lake/dev_{project}_{layer}`, those of local under `lake/{project}_{layer}`, and exports under `dist/{target}-dev` and `dist/{target}`.
A project without `config/` that is given no environment exports to the catalog that `boathouse.yml` names, as it stands there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boathouse import config
from boathouse.config import LOCAL, Project
from boathouse.environment import USUAL, CatalogHelper, EnvironmentConfig, catalog_of, one_word
from boathouse.errors import FileError, UnknownName, UserError
from boathouse.secret import masked
from boathouse.settings import PREFIX, Setting, Settings, of_file, of_options, of_variables

FOLDER, DEFAULTS = "config", "defaults"
VARIABLE = "BOATHOUSE_ENV"


class ConfigLoader:
    """Load the settings of an environment by its name."""

    @staticmethod
    def load(env: str, config_path: Path | str | None = None) -> EnvironmentConfig:
        """Merge defaults.yaml, {env}.yaml and the shell's variables BOATHOUSE__a__b, each over those before it.

        The files stand in config/ of the project around here. `config_path` names another project or folder, or the
        file of the environment itself, with defaults.yaml beside it.
        """
        found = files(config_path)
        return environment(settings(found, env), env, found.environments)


@dataclass(frozen=True)
class ConfigFiles:
    """Where the files of environments stand, and the project that they belong to."""

    folder: Path
    project: Project | None = None
    file: Path | None = None  # the environment's own, where it was named

    def named(self, stem: str) -> Path | None:
        found = [file for file in (self.folder / f"{stem}.yaml", self.folder / f"{stem}.yml") if file.is_file()]
        if len(found) > 1:
            raise FileError(f"{found[0]} and {found[1].name} are both there", hint="keep one")
        return found[0] if found else None

    @property
    def environments(self) -> list[str]:
        """The names that have a file, and local, which needs none; without any file the usual ones."""
        written = {file.stem for ending in ("yaml", "yml") for file in self.folder.glob(f"*.{ending}")}
        return sorted({LOCAL, *written} - {DEFAULTS}) if written else list(USUAL)


def files(path: Path | str | None = None) -> ConfigFiles:
    """Find the files: of the project or the config/ around here, or where a path says."""
    if path is None:
        here = Path.cwd()
        around = next(
            (each for each in (here, *here.parents) if (each / config.FILE).is_file() or _is_config(each / FOLDER)),
            None,
        )
        if around is None:
            raise UserError(
                f"{here} has no {config.FILE} and no {FOLDER}/{DEFAULTS}.yaml around it",
                hint="make a project with `boathouse init DIR`, or name the folder of the files",
            )
        path = around
    path = Path(path)
    if not path.exists():
        raise UserError(f"there is no {path}")
    folder = path.parent if path.is_file() else path / FOLDER if _has_config(path) else path
    root = next((each for each in (folder, folder.parent) if (each / config.FILE).is_file()), None)
    return ConfigFiles(folder, config.load(root) if root else None, path if path.is_file() else None)


def _has_config(folder: Path) -> bool:
    return (folder / config.FILE).is_file() or (folder / FOLDER).is_dir()


def _is_config(folder: Path) -> bool:
    return any((folder / f"{stem}.{ending}").is_file() for stem in (DEFAULTS, *USUAL) for ending in ("yaml", "yml"))


def settings(files: ConfigFiles, env: str, options: Iterable[str] = ()) -> Settings:
    """Merge the project, the defaults, the environment's file, the shell's variables and options, in this order."""
    own = files.file or files.named(one_word(env))
    if own is None and env not in files.environments:
        raise UnknownName("environment", env, files.environments, where=f"{files.folder.name}/")
    merged, root = Settings().add(_of_project(files.project, env)), files.folder.parent
    for file in (files.named(DEFAULTS), own):
        if file is not None:
            merged = merged.add(of_file(file, root))
    merged = merged.add(of_variables(os.environ, EnvironmentConfig)).add(of_options(options, EnvironmentConfig))
    written = merged[("environment",)]
    if written is not None and written.value != env:
        raise merged.blame(written.keys, UserError(f"`environment` is {written.value}, and this is {env}"))
    return merged if written else merged.add([Setting(("environment",), env, "its name")])


def _of_project(project: Project | None, env: str) -> list[Setting]:
    """Give what boathouse.yml says already, so that a project needs no other file."""
    if project is None:
        return []
    name, catalog = project.config.name, project.config.catalog
    said = {("spark", "app_name"): f"{name}-{env}", ("catalog", "name"): catalog, ("catalog", "schema"): name}
    return [Setting(keys, value, config.FILE) for keys, value in said.items()]


def environment(settings: Settings, env: str, others: Iterable[str] = ()) -> EnvironmentConfig:
    """Check the settings; a mistake names the file and line, the variable or the option that it stands in."""
    name = settings[("catalog", "name")]
    if name is not None and isinstance(name.value, str):
        try:
            catalog_of(env, name.value, others)
        except UserError as error:
            raise settings.blame(name.keys, error) from None
    return settings.model(EnvironmentConfig)


def enter(project: Project, env: str = "", options: Iterable[str] = ()) -> Project:
    """Give a project as it is in an environment; one that knows of none stays as it is."""
    found, options = ConfigFiles(project.root / FOLDER, project), list(options)
    env = env or os.environ.get(VARIABLE, "")
    if not (env or options or _is_config(found.folder) or any(name.upper().startswith(PREFIX) for name in os.environ)):
        return project
    env = env or LOCAL
    wanted = environment(settings(found, env, options), env, found.environments)
    there = project.config.model_copy(update={"catalog": wanted.catalog.name})
    return replace(
        project, config=there, environment=env, schema=wanted.catalog.schema_, spark=wanted.spark.all_settings,
        mlflow=wanted.mlflow.model_dump(),
    )  # fmt: skip


def own_catalog(project: Project, name: str) -> str:
    """Give a catalog that was named by hand as the project's environment may write to it."""
    if not project.environment:
        return name
    return catalog_of(project.environment, name, ConfigFiles(project.root / FOLDER).environments)


def described(project: Project, options: Iterable[str] = ()) -> dict[str, Any]:
    """Say the settings of a project's environment, where each came from, and how its tables are named."""
    env, found = project.environment or LOCAL, files(project.root)
    merged = settings(found, env, options)
    helper, (catalog, schema) = CatalogHelper(environment(merged, env, found.environments)), project.target
    told = [
        {"setting": each.name, "value": masked(each.name, each.value), "from": each.origin}
        for each in sorted(merged.found.values(), key=lambda each: each.name)
        if each.keys != ("environment",)
    ]
    names = {
        "in Unity Catalog": f"{helper.catalog}.{helper.schema_prefix}_{{layer}}.{{table}}",
        "in notebooks": f"{catalog}.{schema}.{{layer}}_{{table}}",
        "in the lake": f"{project.lake_schema('{layer}').relative_to(project.root).as_posix()}/{{table}}",
    }
    return {"environment": env, "settings": told, "names": names}
