"""The habits that a reader relies on: small files, short functions, few parameters, no drawers for odds and ends."""

from __future__ import annotations

import ast
from statistics import median
from typing import TYPE_CHECKING

import pytest

from boathouse.shelf import PACKAGE, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = sorted(PACKAGE.rglob("*.py"))
FILE_LINES, USUAL_FILE_LINES = 300, 150
FUNCTION_LINES, USUAL_FUNCTION_LINES = 50, 25
PARAMETERS = 6
SENTENCE = 130

# Names that say nothing of what is inside, so that everything ends up there.
DRAWERS = {"base", "common", "core", "factory", "handler", "helper", "helpers", "manager", "misc", "util", "utils"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(file: Path) -> Iterator[Function]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters(function: Function) -> int:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([argument for argument in named if argument.arg not in ("self", "cls")])


def is_verb(function: Function) -> bool:
    """Tell whether click calls it: then its parameters are the options of a command."""
    decorators = [part.func if isinstance(part, ast.Call) else part for part in function.decorator_list]
    return any(isinstance(part, ast.Attribute) and part.attr in ("command", "group") for part in decorators)


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_is_small(file: Path) -> None:
    assert lines(file) <= FILE_LINES
    long = [f for f in functions(file) if length(f) > FUNCTION_LINES and f.name != "examples"]  # a table of data
    assert [f"{f.name}: {length(f)} lines" for f in long] == []
    many = [f for f in functions(file) if parameters(f) > PARAMETERS and not is_verb(f)]
    assert [f"{f.name}: {parameters(f)} parameters" for f in many] == []


def test_most_files_and_functions_are_smaller_still() -> None:
    assert median(map(lines, FILES)) <= USUAL_FILE_LINES
    lengths = sorted(length(function) for file in FILES for function in functions(file))
    assert lengths[len(lengths) * 9 // 10] <= USUAL_FUNCTION_LINES


def test_no_file_is_a_drawer() -> None:
    words = {file: {*file.stem.strip("_").split("_"), file.parent.name} for file in FILES}
    assert [str(file) for file, names in words.items() if names & DRAWERS] == []


def test_every_file_says_in_one_sentence_what_it_is() -> None:
    silent = []
    for file in FILES:
        said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        if not said.split("\n", 1)[0].rstrip().endswith((".", ":")):
            silent.append(str(file.relative_to(PACKAGE)))
    assert silent == []


def shelves() -> set[Shelf]:
    """Find the shelves as they are declared: Shelf("steps", "step")."""
    calls = (
        node
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )
    made = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Shelf")
    return {Shelf(*(ast.literal_eval(argument) for argument in call.args)) for call in made}


def test_there_are_shelves() -> None:
    assert {shelf.folder for shelf in shelves()} >= {"cli", "demos", "findings", "sources", "steps"}


@pytest.mark.parametrize(
    ("folder", "name"), sorted((shelf.folder, name) for shelf in shelves() for name in shelf.names())
)
def test_every_member_of_a_shelf_says_what_it_does(folder: str, name: str) -> None:
    summary = Shelf(folder, "member").summary(name)
    assert summary.endswith(".")
    assert len(summary) <= SENTENCE


def test_no_import_is_circular() -> None:
    """Follow the imports at the top of modules; import-linter keeps their levels, this keeps knots out within one."""
    graph = {module_name(file): imported(file) for file in FILES}
    done: set[str] = set()
    for start in graph:
        assert knot(start, graph, (), done) == ()


def knot(module: str, graph: dict[str, set[str]], path: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    """Find a way from a module back to itself, depth first; `done` are those from which there is none."""
    if module in path:
        return (*path[path.index(module) :], module)
    if module in done:
        return ()
    for following in sorted(graph.get(module, set())):
        if found := knot(following, graph, (*path, module), done):
            return found
    done.add(module)
    return ()


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path) -> set[str]:
    """List what a module imports when it is imported, of ours; a module inside a package is the module."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in inner if is_module(name)}
            names |= modules or {node.module}
    return {name for name in names if name.startswith("boathouse")}


def is_module(name: str) -> bool:
    place = PACKAGE.parent.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()
