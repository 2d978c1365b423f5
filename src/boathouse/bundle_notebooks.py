"""Bundle notebooks: the tables as notebooks with the job's parameters, what runs after them, and their tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from boathouse.action import Action
from boathouse.bundle_job import job_key
from boathouse.cells import Cell, configuration, with_imports
from boathouse.destination import Destination
from boathouse.export import Export
from boathouse.names import TableName
from boathouse.notebook import write_notebook
from boathouse.notebook_set import notebook, source_paths
from boathouse.quoting import python_text
from boathouse.sample_lake import Sample, sample_lake
from boathouse.template import template
from boathouse.transformation_test import notebook_tests

COPIED = {
    "tests/conftest.py": "notebooks/conftest.py",
    "tests/notebook.py": "notebooks/notebook.py",
    "tests/sample.py": "tests/sample.py",
    "tests/contract/test_columns.py": "notebooks/test_columns.py",
    "pyproject.toml": "notebooks/pyproject.toml",
}


def notebook_files(export: Export) -> dict[str, str]:
    """Give the notebooks and their tests."""
    to = Destination(export.catalog, export.schema, by_layer=True, widgets=True)
    paths = source_paths(export.plan, to.constants)
    files = {
        f"src/notebooks/{action.name.flat}.py": notebook(action, replace(to, source_path=paths.get(action.name.flat, "")))
        for action in export.plan.actions
    }
    for name, (about, cells) in _after(export, to).items():
        files[f"src/notebooks/{name}.py"] = write_notebook(name.capitalize(), about, with_imports(cells))
    return {**files, **_tests(export)}


def _after(export: Export, to: Destination) -> dict[str, tuple[str, list[Cell]]]:
    """Write what the job does once all tables are built."""
    plain, numbered = configuration(to), configuration(to, numbers_runs=True)
    tables = [str(action.name) for action in export.plan.actions]
    names = "".join(f"    {python_text(table)},\n" for table in tables)
    return {
        "test": (
            "Every table has the columns that it promises.\nThe rules of its contract held when it was written.",
            [
                plain,
                Cell("The columns that are promised", "", _promised(export.plan.actions)),
                Cell("Hold every table against them", "", template("notebooks/test.cell").rstrip("\n")),
            ],
        ),
        "publish": (
            "Which version of each table belongs together, so that readers can pin a whole release.",
            [
                numbered,
                Cell("The tables that are released together", "", f"TABLES = [\n{names}]"),
                Cell("Write their versions down", "", template("notebooks/publish.cell").rstrip("\n")),
            ],
        ),
        "notify": (
            "What was published. The job sends this task's success to those who wait for it.",
            [numbered, Cell("Say the versions", "", template("notebooks/notify.cell").rstrip("\n"))],
        ),
    }


def _promised(actions: tuple[Action, ...]) -> str:
    lines = []
    for action in actions:
        columns = (f"        {python_text(column.name)}: {python_text(column.type)},\n" for column in action.schema)
        lines.append(f"    {python_text(str(action.name))}: {{\n{''.join(columns)}    }},\n")
    return f"PROMISED = {{\n{''.join(lines)}}}"


def _tests(export: Export) -> dict[str, str]:
    samples = sample_lake(export.plan, export.findings)
    job = job_key(export.project)
    whole = len(samples) == len(export.plan.actions)
    published = template("notebooks/test_published.py") if whole else ""
    return {
        **{path: template(name, project=export.project, job=job) for path, name in COPIED.items()},
        "tests/integration/test_pipeline.py": template("notebooks/test_pipeline.py", job=job, published=published),
        "tests/contract/test_job.py": template("tests/test_job.py", job=job, imports="") + template("notebooks/test_job.py"),
        **dict(_of_tables(export, samples)),
    }


def _of_tables(export: Export, samples: Mapping[TableName, Sample]) -> Iterator[tuple[str, str]]:
    for name, sample in samples.items():
        yield f"tests/sample/{name.layer}/{name.table}.json", sample.text
    for action in export.plan.actions:
        if text := notebook_tests(action, samples):
            yield f"tests/unit/test_{action.name.flat}.py", text
