"""Bundle package: the tables as a Python package, with its configuration, its session, its tasks and its tests."""

from __future__ import annotations

from textwrap import indent

from boathouse.bundle.job import job_key
from boathouse.bundle.python_name import function_name, package_name
from boathouse.bundle.sample_lake import sample_lake
from boathouse.bundle.transformation import module
from boathouse.bundle.transformation_test import unit_tests
from boathouse.cells import MERGE
from boathouse.dashboards import operations
from boathouse.destination import Destination
from boathouse.export import Export
from boathouse.notebook_set import source_paths
from boathouse.ops import OPS
from boathouse.quoting import python_text
from boathouse.template import template

COPIED = {
    "src/{package}/__init__.py": "package/init.py",
    "src/{package}/config/__init__.py": "package/config.py",
    "src/{package}/config/defaults.yaml": "package/defaults.yaml",
    "src/{package}/config/local.yaml": "package/local.yaml",
    "src/{package}/config/dev.yaml": "package/dev.yaml",
    "src/{package}/config/prod.yaml": "package/prod.yaml",
    "src/{package}/session.py": "package/session.py",
    "tests/conftest.py": "package/conftest.py",
    "tests/sample.py": "tests/sample.py",
    "tests/unit/test_config.py": "package/test_config.py",
    "tests/contract/test_columns.py": "package/test_contract.py",
    "pyproject.toml": "package/pyproject.toml",
    "scripts/dbr_init.sh": "package/dbr_init.sh",
}


def package_files(export: Export, catalogs: dict[str, str]) -> dict[str, str]:
    """Give the files of the package and of its tests."""
    package = package_name(export.project)
    marks = {
        "project": export.project, "package": package, "distribution": package.replace("_", "-"),
        "catalog": export.catalog, "schema": export.schema, **catalogs,
    }  # fmt: skip
    copied = {path.format(package=package): template(name, **marks) for path, name in COPIED.items()}
    return {
        **copied,
        f"src/{package}/main.py": template("package/main.py", **marks, **_merging(export)),
        **_modules(export, package),
        **_tests(export, package),
        "tests/contract/test_job.py": _job_test(export),
    }


def _merging(export: Export) -> dict[str, str]:
    """Give what the tasks need where the rows of a change feed are merged; nothing where there is none."""
    if not any(action.merge_key for action in export.plan.actions):
        return dict.fromkeys(("key", "key_given", "merged", "branch", "merge"), "")
    return {
        "key": ", key: Sequence[str] = ()",
        "key_given": ', getattr(module, "MERGE_KEY", ())',
        "merged": "a change feed is merged, ",
        "branch": '    elif key and config.format == "delta":\n        merge(df, table, key)\n',
        "merge": template("package/merge.py", into=indent(MERGE.format(on="{on}"), "    ")),
    }


def _modules(export: Export, package: str) -> dict[str, str]:
    folder = f"src/{package}/transformations"
    layers = sorted({action.name.layer for action in export.plan.actions})
    files = {f"{folder}/__init__.py": '"""Transformations: a module a table, a folder a layer."""\n'}
    for layer in layers:
        files[f"{folder}/{layer}/__init__.py"] = f'"""The tables of {layer}."""\n'
    for action in export.plan.actions:
        files[f"{folder}/{action.name.layer}/{function_name(action.name)}.py"] = module(action)
    return {**files, f"src/{package}/tables.py": _tables(export), f"src/{package}/ops.py": _ops()}


def _tables(export: Export) -> str:
    """Write the order of the tables, and where the raw files lie within the volume."""
    to = Destination(export.catalog, export.schema, by_layer=True)
    folder = f"{to.volume('landing')}/"
    paths = {name: path.removeprefix(folder) for name, path in source_paths(export.plan, to).items()}
    tables = {str(action.name): function_name(action.name) for action in export.plan.actions}
    sources = {str(a.name): paths[a.name.flat] for a in export.plan.actions if a.name.flat in paths}
    return "\n".join([
        '"""Tables: each in its place after those that it reads, with the name of its function and module."""',
        "",
        *_dict("TABLES", tables),
        "",
        "# Where raw files lie within the volume landing.",
        *_dict("SOURCES", sources),
        "",
    ])  # fmt: skip


def _ops() -> str:
    """Write the columns of the tables that say what was done; the dashboard asks them, whether a task writes them or not."""
    lines = [
        '"""Ops: the tables that say what was done, with their columns; the dashboard of operations asks them."""',
        "",
        "OPS = {",
    ]
    for name in operations.READS:
        columns = (f"        {python_text(column.name)}: {python_text(column.type)}," for column in OPS[name])
        lines += [f"    {python_text(name)}: {{", *columns, "    },"]
    return "\n".join([*lines, "}", ""])


def _dict(name: str, entries: dict[str, str]) -> list[str]:
    if not entries:
        return [f"{name} = {{}}"]
    return [f"{name} = {{", *(f"    {python_text(key)}: {python_text(value)}," for key, value in entries.items()), "}"]


def _tests(export: Export, package: str) -> dict[str, str]:
    samples = sample_lake(export.plan, export.findings)
    refused = template("package/test_refused.py") if any(sample.refused_by for sample in samples.values()) else ""
    pipeline = template("package/test_pipeline.py", package=package, refused=refused)
    files = {f"tests/sample/{name.layer}/{name.table}.json": sample.text for name, sample in samples.items()}
    files["tests/integration/test_pipeline.py"] = pipeline
    for action in export.plan.actions:
        text = unit_tests(action, package, samples)
        if text:
            files[f"tests/unit/test_{action.name.flat}.py"] = text
    return files


def _job_test(export: Export) -> str:
    """Write the test of the job: what every bundle's has to hold, and that it builds every table."""
    package = package_name(export.project)
    imports = f"\nfrom {package}.main import module_of\nfrom {package}.tables import TABLES\n"
    text = template("tests/test_job.py", job=job_key(export.project), imports=imports, serverless="")
    return text + template("package/test_job.py")
