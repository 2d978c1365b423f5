"""Settings: files, environment variables and options merged in their order, and where each value came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from boathouse import yaml_file
from boathouse.errors import FileError, UserError
from boathouse.secret import is_secret, masked_line

Keys = tuple[str, ...]
Model = TypeVar("Model", bound=BaseModel)

PREFIX = "BOATHOUSE__"


@dataclass(frozen=True)
class Setting:
    """One value: its keys, and the file and line, variable or option that gave it."""

    keys: Keys
    value: Any
    origin: str
    text: yaml_file.YamlText | None = None  # the file's, where it stands in one

    @property
    def name(self) -> str:
        return ".".join(self.keys)


@dataclass(frozen=True)
class Settings:
    """Settings by their keys; what is added later wins, key by key at every depth."""

    found: dict[Keys, Setting] = field(default_factory=dict)

    def add(self, settings: Iterable[Setting]) -> Settings:
        """Put settings over these: a value over a section takes its place, and a section over a value too."""
        found = dict(self.found)
        for new in settings:
            apart = [keys for keys in found if keys[: len(new.keys)] != new.keys and new.keys[: len(keys)] != keys]
            found = {keys: found[keys] for keys in apart} | {new.keys: new}
        return Settings(found)

    def __getitem__(self, keys: Keys) -> Setting | None:
        return self.found.get(keys)

    @property
    def nested(self) -> dict[str, Any]:
        """The values as YAML would hold them."""
        made: dict[str, Any] = {}
        for setting in self.found.values():
            section = made
            for key in setting.keys[:-1]:
                section = section.setdefault(key, {})
            section[setting.keys[-1]] = setting.value
        return made

    def model(self, kind: type[Model]) -> Model:
        """Check the settings against a model; an error says which file and line, variable or option is wrong."""
        try:
            return kind.model_validate(self.nested)
        except ValidationError as error:
            keys, message, hint = yaml_file.first_mistake(error, kind)
            raise self.blame(tuple(map(str, keys)), UserError(message, hint=hint)) from None

    def blame(self, keys: Keys, error: UserError) -> UserError:
        """Say of a mistake where the value came from; of one that is missing, where its neighbours did."""
        near = [setting for setting in self.found.values() if setting.keys[: len(keys)] == keys]
        while not near and keys:
            keys = keys[:-1]
            near = [setting for setting in self.found.values() if keys and setting.keys[: len(keys)] == keys]
        if not near:
            file = next((each.text.file for each in reversed(self.found.values()) if each.text), "")
            return UserError(f"{file}: {error.message}", hint=error.hint) if file else error
        text = near[-1].text
        if text is None:
            return UserError(f"{near[-1].origin}: {error.message}", hint=error.hint)
        return FileError(error.message, place=text.place(keys), hint=error.hint)


def of_file(file: Path, root: Path) -> list[Setting]:
    """Read the settings of a YAML file; an error shows no secret that stands in it."""
    try:
        text = yaml_file.read(file, root=root)
    except FileError as error:
        secrets = file.is_file() and is_secret(file.read_text(encoding="utf-8", errors="replace"))
        if error.place and secrets:  # in broken YAML nobody can tell where a value ends
            error.place = replace(error.place, text="")
        raise
    text = replace(text, lines=tuple(map(masked_line, text.lines)))
    if text.data is not None and not isinstance(text.data, dict):
        raise FileError("expected `key: value` lines", place=text.place())
    return list(_leaves(text, (), text.data or {}))


def _leaves(text: yaml_file.YamlText, keys: Keys, value: Any) -> Iterable[Setting]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(text, (*keys, str(key)), inner)
    elif value is not None:  # a key with nothing behind it says nothing
        place = text.place(keys)
        yield Setting(keys, value, f"{place.file}:{place.line}", text)


def of_variables(environment: Mapping[str, str], kind: type[BaseModel]) -> list[Setting]:
    """Read variables such as BOATHOUSE__catalog__name."""
    names = sorted(name for name in environment if name.upper().startswith(PREFIX))
    return [Setting(_keys(name[len(PREFIX) :].split("__"), kind), environment[name], name) for name in names]


def of_options(options: Iterable[str], kind: type[BaseModel]) -> list[Setting]:
    """Read options such as `--set catalog.name=analytics`."""
    found = []
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not all(name.split(".")):
            raise UserError(f"--set {masked_line(option)} is no setting", hint="write --set catalog.name=analytics")
        found.append(Setting(_keys(name.split("."), kind), value, f"--set {name}"))
    return found


def _keys(parts: list[str], kind: type[BaseModel]) -> Keys:
    """Tell keys apart: variables may be in capitals, and below spark.config the names have dots of their own."""
    inner = yaml_file.section(kind, parts[0].lower())
    if inner is not None:
        return (parts[0].lower(), *(_keys(parts[1:], inner) if parts[1:] else ()))
    return (parts[0].lower(), ".".join(parts[1:])) if parts[1:] else (parts[0].lower(),)
