"""Contract file: a contract as YAML, and put into a table's file so that what a person wrote there stays, comments too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import dedent
from typing import Any

import yaml

from boathouse import yaml_file
from boathouse.errors import FileError, Place
from boathouse.pipeline import Contract
from boathouse.yaml_file import Reader, YamlText
from boathouse.yaml_line import comment, yaml_line

HEADER = re.compile(r"(\s*/\*)(.*?)(\*/)", re.DOTALL)
Told = Mapping[str, str]  # a rule's name -> what is said of it
Data = dict[str, Any]


def contract_data(contract: Contract) -> Data:
    """Give a contract as its file has it, without what is empty."""
    columns = {column.name: column.type + ("" if column.nullable else " not null") for column in contract.columns or ()}
    rules: dict[str, dict[str, str]] = {"drop": {}, "fail": {}, "warn": {}}
    for rule in contract.rules:
        rules[rule.action][rule.name] = rule.written
    data: Data = {"key": list(contract.key), "columns": columns, **rules}
    return {name: value for name, value in data.items() if value}


def contract_yaml(contract: Contract, told: Told | None = None) -> str:
    """Write a contract as YAML, a promise a line."""
    return "\n".join(_block(contract_data(contract), told or {})) + "\n"


def put(old: str, contract: Contract, told: Told, file: str) -> str:
    """Put a contract in place of the one in a table's file; lines that say what they said stay as they are."""
    data = contract_data(contract)
    if not file.endswith(".sql"):
        return _put(old, data, told, file)
    found = HEADER.match(old)
    start, before, rest = (found[1], found[2], old[found.end() :]) if found else ("/*", "", f"\n{old}")
    head = dedent(before).strip("\n").rstrip()
    body = _put(head, data, told, file).rstrip()
    new = f"{start}\n{body}\n*/{rest}"
    _refuse_unless(HEADER.match(new)[2] == f"\n{body}\n", file, data)  # type: ignore[index]
    return old if body == head else new


def _put(old: str, data: Data, told: Told, file: str) -> str:
    text = yaml_file.parse(old, file)
    before: dict[str, Any] = text.data or {}
    if _is_same(before.get("contract") or {}, data):
        return old
    lines = old.splitlines()
    start, end = _span(text, lines)
    made = _merged(text, lines[start:end], start, data, told) if start < end else _block(data, told)
    if not data:
        made = []
    new = "\n".join([*lines[:start], *made, *lines[end:]]) + "\n"
    after = yaml_file.parse(new, file).data
    wanted = {key: value for key, value in before.items() if key != "contract"} | ({"contract": data} if data else {})
    _refuse_unless(after == wanted, file, data)
    return new


def _is_same(old: Any, new: Any) -> bool:
    """Compare with the order of columns, which is the table's; that of rules says nothing."""
    if isinstance(old, dict) and "columns" in old and list(old["columns"]) != list(new.get("columns", ())):
        return False
    return bool(old == new)


def _refuse_unless(is_right: bool, file: str, data: Data) -> None:
    """Change nothing where the lines do not come out as they were meant."""
    if not is_right:
        block = "\n".join(_block(data, {}))
        raise FileError(
            "this contract cannot be changed line by line", place=Place(file, 1, 1), hint=f"write it by hand:\n{block}"
        )


def _block(data: Data, told: Told) -> list[str]:
    return ["contract:", *(line for section in data for line in _section(section, data[section], told))]


def _section(name: str, value: Any, told: Told, indent: str = "  ") -> Iterator[str]:
    if isinstance(value, list):
        yield f"{indent}{name}: {yaml_line(value)}"
        return
    yield f"{indent}{name}:"
    for key, text in value.items():
        yield _entry(key, text, told.get(key, "") if name != "columns" else "", indent * 2)


def _entry(key: str, text: str, said: str, indent: str) -> str:
    return f"{indent}{yaml_line(key)}: {yaml_line(text)}{f'  {comment(said)}' if said else ''}"


def _span(text: YamlText, lines: list[str]) -> tuple[int, int]:
    """Find the lines of the contract; comments in front of the key behind it are that key's."""
    at = text.marks.get(("contract",))
    if at is None:
        return len(lines), len(lines)
    following = [line for path, (line, _) in text.marks.items() if len(path) == 1 and line > at[0]]
    return at[0], _before_comments(lines, min(following, default=len(lines)), at[0])


def _before_comments(lines: list[str], end: int, start: int) -> int:
    while end < len(lines) and end - 1 > start and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    return end


def _merged(text: YamlText, lines: list[str], start: int, data: Data, told: Told) -> list[str]:
    """Write the block anew out of its old lines: a section, or an entry of one, that says the same is kept."""
    old: Any = text.data["contract"] or {}
    keys = {path[1]: at for path, at in text.marks.items() if len(path) == 2 and path[0] == "contract"}  # noqa: PLR2004
    if not keys or any(line == start for line, _ in keys.values()):  # `contract: {...}` on one line
        return [*_kept_comments(text, ("contract",)), *_block(data, told)]
    indent = " " * min(column for _, column in keys.values())
    pieces = _pieces(lines, {str(name): line - start for name, (line, _) in keys.items()}, 1)
    made = lines[:1]
    for name in [*(name for name in pieces if name in data), *(name for name in data if name not in pieces)]:
        if name in pieces and _is_same({name: old[name]}, {name: data[name]}):
            made += pieces[name]
        elif name in pieces and isinstance(data[name], dict):
            made += _entries(text, name, pieces[name], data[name], told)
        else:
            made += [*_kept_comments(text, ("contract", name), indent), *_section(name, data[name], told, indent)]
    return made


def _entries(text: YamlText, name: str, lines: list[str], value: dict[str, str], told: Told) -> list[str]:
    """Write a section anew out of its old lines: columns in their new order, rules in their old one."""
    old: Any = text.data["contract"][name] or {}
    marks = {path[2]: at for path, at in text.marks.items() if len(path) == 3 and path[:2] == ("contract", name)}  # noqa: PLR2004
    head = text.marks["contract", name]
    lead = next(at for at, line in enumerate(lines) if line.strip()[:1] not in ("", "#"))
    if not marks or any(line == head[0] for line, _ in marks.values()):  # `drop: {...}` on one line
        return [
            *lines[:lead],
            *_kept_comments(text, ("contract", name), " " * head[1]),
            *_section(name, value, told, " " * head[1]),
        ]
    pieces = _pieces(lines, {str(key): line - head[0] + lead for key, (line, _) in marks.items()}, lead + 1)
    indent = " " * min(column for _, column in marks.values())
    order = (
        list(value)
        if name == "columns"
        else [*(key for key in pieces if key in value), *(key for key in value if key not in pieces)]
    )
    made = lines[: lead + 1]
    for key in order:
        if key in pieces and old[key] == value[key]:
            made += pieces[key]
            continue
        kept = [line for line in pieces.get(key, []) if line.strip().startswith("#")]
        said = told.get(key, "") if name != "columns" else ""
        behind = next((_behind(line) for line in pieces.get(key, []) if not line.strip().startswith("#")), "")
        made += [*kept, _entry(key, value[key], behind or said, indent)]
    return made


def _pieces(lines: list[str], starts: Mapping[str, int], first: int) -> dict[str, list[str]]:
    """Cut lines at keys; comments in front of a key are that key's."""
    names = sorted(starts, key=lambda name: starts[name])
    cuts = [max(first, _before_comments(lines, starts[name], first - 1)) for name in names]
    cuts[:1] = [first]
    return {name: lines[cut:end] for name, cut, end in zip(names, cuts, [*cuts[1:], len(lines)], strict=True)}


def _kept_comments(text: YamlText, path: yaml_file.Path_, indent: str = "") -> Iterable[str]:
    said = text.comments.get(path, "")
    return [f"{indent}{comment(said)}"] if said else []


def _behind(line: str) -> str:
    """Give the comment behind the one value of a line."""
    try:
        last = [token for token in yaml.scan(line.strip(), Loader=Reader) if isinstance(token, yaml.ScalarToken)][-1]
    except (yaml.YAMLError, IndexError):
        return ""
    rest = line.strip()[last.end_mark.column :]
    return rest.partition("#")[2].strip()
