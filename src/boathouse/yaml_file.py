"""YAML that remembers where each value stands, so that an error can show the line; and files written whole or not at all."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from boathouse.errors import FileError, Place, UserError, did_you_mean

Path_ = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)
# YAML 1.1, which PyYAML reads, makes True of `on`, 90 of `1:30` and 8 of `010`; a join's key is `on`, and codes begin
# with zeros. These are the words of YAML 1.2, without leading zeros; the reader and the writer share them.
DIGITS = r"(?:0|[1-9][0-9]*)"
EXPONENT = r"(?:[eE][-+]?[0-9]+)"
WORDS = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (rf"[-+]?{DIGITS}", "-+0123456789"),
    "float": (
        rf"[-+]?(?:{DIGITS}\.[0-9]*{EXPONENT}?|{DIGITS}{EXPONENT}|\.[0-9]+{EXPONENT}?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
}
# What pydantic calls a valid tuple is a list to who writes YAML.
WANTED = {
    "dict_type": "expected `key: value` pairs", "model_type": "expected `key: value` pairs", "tuple_type": "expected a list, such as [a, b]",
    "list_type": "expected a list, such as [a, b]", "string_type": "expected text", "string_pattern_mismatch": "expected letters, digits and underscores",
}  # fmt: skip
MOST_VALUES = 100_000  # of a document with aliases
BECAUSE = re.compile(r"\s+#\s*(?:because:\s*)?(.+?)\s*$")


# libyaml, where the wheel has it, reads a file of 1,000 steps in a tenth of the time.
FASTEST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def add_words(kind: type[yaml.SafeLoader | yaml.SafeDumper]) -> None:
    """Have a reader or a writer know the words of YAML 1.2."""
    for word, (pattern, first) in WORDS.items():
        kind.add_implicit_resolver(f"tag:yaml.org,2002:{word}", re.compile(rf"^(?:{pattern})$"), list(first))


class Reader(FASTEST):  # type: ignore[misc, valid-type]
    """Plain data only, in the words of YAML 1.2."""


class Writer(yaml.SafeDumper):
    """Plain data only; what a reader would take for another type is quoted."""


for kind in (Reader, Writer):
    kind.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0].rpartition(":")[2] not in WORDS]
        for first, pairs in kind.yaml_implicit_resolvers.items()
    }
    add_words(kind)


@dataclass(frozen=True)
class YamlText:
    """A document as plain data, with the place of each key and item and the comment behind its last line."""

    file: str
    data: Any
    marks: Mapping[Path_, tuple[int, int]]
    comments: Mapping[Path_, str]
    lines: tuple[str, ...]
    first_line: int = 1

    def place(self, path: Path_ = ()) -> Place:
        """Find the place of a value; of one that is missing, the place of what should hold it."""
        while path and path not in self.marks:
            path = path[:-1]
        line, column = self.marks.get(path, (0, 0))
        text = self.lines[line] if line < len(self.lines) else ""
        return Place(self.file, self.first_line + line, column + 1, text)

    def model(self, kind: type[Model], path: Path_ = ()) -> Model:
        """Check the value at a path against a model; the first thing that is wrong is the error, with its place."""
        value = self.at(path)
        if not isinstance(value, dict):
            found = "nothing" if value is None else "a list" if isinstance(value, list) else f"`{value}`"
            raise FileError(f"expected `key: value` lines, found {found}", place=self.place(path))
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            raise self.explained(error, kind, path) from None

    def at(self, path: Path_) -> Any:
        value = self.data
        for part in path:
            value = value[part]
        return value

    def explained(self, error: ValidationError, kind: type[BaseModel], path: Path_) -> UserError:
        keys, message, hint = first_mistake(error, kind)
        return FileError(message, place=self.place((*path, *keys)), hint=hint)


def first_mistake(error: ValidationError, kind: type[BaseModel]) -> tuple[Path_, str, str]:
    """Say of what is wrong with a model's values the first: its keys, what it is, and what to try."""
    # A key that is misspelt is missing too; that it is unknown says more.
    first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    inner = tuple(part for part in first["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    name = ".".join(str(part) for part in inner)
    if first["type"] == "extra_forbidden":
        return inner, f"unknown key `{inner[-1]}`", did_you_mean(str(inner[-1]), _fields(kind, inner[:-1]))
    if first["type"] == "missing":
        return inner, f"`{name}` is missing", ""
    message = WANTED.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    unquoted = first["type"] == "string_type" and isinstance(first["input"], int | float)
    return inner, f"`{name}`: {message}" if name else message, f'quote it: "{first["input"]}"' if unquoted else ""


def _fields(kind: type[BaseModel], keys: Path_) -> list[str]:
    """List the keys that a model has, or a section of it."""
    for key in keys:
        kind = section(kind, str(key)) or kind
    return sorted(info.alias or name for name, info in kind.model_fields.items())


def section(kind: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Find the model of a key whose value is a section of keys that are known."""
    info = next((info for name, info in kind.model_fields.items() if key == (info.alias or name)), None)
    kinds = (info.annotation, *get_args(info.annotation)) if info else ()
    return next((each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)), None)


def read(path: Path, *, root: Path | None = None) -> YamlText:
    """Read a YAML file; `root` shortens the name that errors show."""
    shown = str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError(f"there is no file {shown}") from None
    except UnicodeDecodeError:
        raise FileError(f"{shown} is not UTF-8 text") from None
    except OSError as error:
        raise FileError(f"{shown} cannot be read: {error.strerror}") from None
    return parse(text, shown)


def parse(text: str, file: str, first_line: int = 1, *, aliases: bool = False) -> YamlText:
    """Read YAML text; `first_line` is where it starts in its file, `aliases` whether a value may be named by `*`."""
    lines = tuple(text.splitlines())
    reader = Reader(text)
    try:
        node = reader.get_single_node()
        walk = _Walk(file, lines, first_line, aliases=aliases)
        if node is not None:
            walk.into(node, ())
        data = None if node is None else reader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        place = Place(file, first_line + line, column + 1, lines[line] if line < len(lines) else "")
        raise FileError(f"this is not YAML: {error.problem or error.context}", place=place) from None
    except RecursionError:
        raise FileError(f"{file} is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise FileError(f"{file} is not YAML: {str(error).splitlines()[0]}") from None
    finally:
        reader.dispose()
    return YamlText(file, data, walk.marks, walk.comments, lines, first_line)


@dataclass(frozen=True)
class _Walk:
    """Where everything stands in a document, noted on the way through its nodes."""

    file: str
    lines: tuple[str, ...]
    first_line: int
    aliases: bool
    marks: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    comments: dict[Path_, str] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)

    def into(self, node: yaml.Node, path: Path_) -> None:
        # Nine lines of aliases of aliases are a billion values.
        if id(node) in self.met and not (self.aliases and len(self.marks) < MOST_VALUES):
            raise FileError("a value is written out here, not named by `*`", place=self._place(node.start_mark))
        self.met.add(id(node))
        self.marks.setdefault(path, (node.start_mark.line, node.start_mark.column))
        self.comments[path] = self._comment(node)
        if isinstance(node, yaml.MappingNode):
            self._keys(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.into(item, (*path, index))

    def _keys(self, node: yaml.MappingNode, path: Path_) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key)
            if name in seen:
                raise FileError(f"the key `{name}` is there twice", place=self._place(key.start_mark))
            seen.add(name)
            self.marks.setdefault((*path, name), (key.start_mark.line, key.start_mark.column))
            self.into(value, (*path, name))

    def _comment(self, node: yaml.Node) -> str:
        if node.end_mark.line >= len(self.lines) or not getattr(node, "flow_style", False):
            return ""  # a block ends on the next one's line
        found = BECAUSE.match(self.lines[node.end_mark.line][node.end_mark.column :])
        return found[1] if found else ""

    def _place(self, mark: yaml.Mark) -> Place:
        text = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.file, self.first_line + mark.line, mark.column + 1, text)


def dump(data: Any) -> str:
    """Write plain data as YAML, keys in their order; nothing but plain data is accepted."""
    return yaml.dump(data, Dumper=Writer, sort_keys=False, allow_unicode=True, width=120)


def inline(value: Any) -> str:
    """Write plain data as YAML on one line, to stand behind a key."""
    text = yaml.dump([value], Dumper=Writer, default_flow_style=True, allow_unicode=True, width=sys.maxsize)
    return text.strip()[1:-1]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, whatever is killed when."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
