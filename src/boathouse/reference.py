"""Reference: pages and schemas that follow from the code itself, so that they cannot be out of date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from boathouse import environment_file, yaml_file
from boathouse.check import CHECKS
from boathouse.environment import EnvironmentConfig
from boathouse.errors import UnknownName
from boathouse.export import EXPORTS
from boathouse.inspection import INSPECTIONS
from boathouse.lint import LINTS
from boathouse.model_file import ModelSpec
from boathouse.ops import ABOUT, OPS
from boathouse.probe import PROBES
from boathouse.recommendation import ADVICE
from boathouse.scheduled_job import JOBS
from boathouse.shelf import Shelf
from boathouse.source import SOURCES
from boathouse.step import STEPS, Example
from boathouse.table_load import TableText

SHELVES = {"steps": STEPS, "checks": CHECKS, "sources": SOURCES}
NOTE = "<!-- written by `make docs` from the code -->\n"


def page(name: str) -> str:
    """Write the page of a step: what it does, its fields, and its examples as tables."""
    if name not in STEPS.names():
        raise UnknownName("page", name, (*SHELVES, *STEPS.names()))
    kind: Any = STEPS.member(name)
    lines = [f"# {name}", "", kind.__doc__.strip().split("\n\n")[0], ""]
    lines += ["| field | type | default | |", "|---|---|---|---|"]
    for field, info in kind.model_fields.items():
        if field not in ("step", "because", "fitted"):
            default = "required" if info.is_required() else f"`{info.default}`"
            lines.append(
                f"| `{info.alias or field}` | {_type(kind, field)} | {default} | {_cell(info.description or '')} |"
            )
    for example in kind.examples():
        lines += ["", f"**{example.why}**", "", *_example(example)]
    return "\n".join(lines) + "\n"


def book() -> dict[str, str]:
    """Write the whole reference: steps, source formats, probes, rules of advice, settings, the schema of table files."""
    lists = {
        "steps": STEPS,
        "checks": CHECKS,
        "sources": SOURCES,
        "findings": PROBES,
        "advice": ADVICE,
        "exports": EXPORTS,
        "inspections": INSPECTIONS,
        "lints": LINTS,
    }
    files = {"steps.md": f"{NOTE}# Steps\n\n{_list(STEPS)}\n\n" + "\n".join(f"#{page(name)}" for name in STEPS.names())}
    files |= {
        f"{name}.md": f"{NOTE}# {name.capitalize()}\n\n{_list(shelf)}\n"
        for name, shelf in lists.items()
        if name != "steps"
    }
    files["jobs.md"] = f"{NOTE}# Jobs\n\n{_jobs()}\n"
    files["ops.md"] = f"{NOTE}# Ops\n\n{_ops()}\n"
    files["settings.md"] = f"{NOTE}# Settings\n\n{_settings()}\n"
    return files | {"table.schema.json": json.dumps(table_schema(), indent=2) + "\n"}


def _ops() -> str:
    """Write the tables that say what was done, with their columns."""
    lines = [
        "What was done, as Delta tables under `lake/{project}_ops`; `boathouse query` asks them as `ops.table_runs`."
    ]
    for name, schema in OPS.items():
        lines += ["", f"## {name}", "", ABOUT[name], "", "| column | type |", "|---|---|"]
        lines += [f"| `{column.name}` | {column.type} |" for column in schema]
    return "\n".join(lines)


def _jobs() -> str:
    """Write what a model's file may say, and the options of every job."""
    lines = ["A model is `models/{name}.yml`:", "", "| key | |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(said)} |" for name, said in _described(ModelSpec)]
    for name in JOBS.names():
        lines += ["", f"## {name.replace('_', '-')}", "", JOBS.summary(name), "", "| option | |", "|---|---|"]
        fields = JOBS.member(name).model_fields
        lines += [
            f"| `--{field.replace('_', '-')}` | {_cell(info.description or '')} |" for field, info in fields.items()
        ]
    return "\n".join(lines)


def _settings() -> str:
    """Write what environments are, and every setting of config/."""
    about = (environment_file.__doc__ or "").partition("\n\n")[2].strip()
    rows = "\n".join(f"| `{name}` | {_cell(said)} |" for name, said in _described(EnvironmentConfig))
    return f"{about}\n\n| setting | |\n|---|---|\n{rows}"


def _described(kind: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    for field, info in kind.model_fields.items():
        name = f"{prefix}{info.alias or field}"
        inner = yaml_file.section(kind, info.alias or field)
        yield from _described(inner, f"{name}.") if inner else [(name, info.description or "")]


def _list(shelf: Shelf) -> str:
    return "\n".join(f"- `{name}`: {shelf.summary(name)}{_written(shelf, name)}" for name in shelf.names())


def _written(shelf: Shelf, name: str) -> str:
    """Show how a check is written; all else has pages of its own."""
    return f" `{next(shelf.member(name).examples()).written}`" if shelf is CHECKS else ""


def index() -> str:
    """List every step and source format with its first sentence."""
    return "\n\n".join(f"## {title}\n\n{_list(shelf)}" for title, shelf in SHELVES.items())


def table_schema() -> dict[str, Any]:
    """Give the JSON schema of the files under tables/, for editors that complete and check YAML."""
    schema = TableText.model_json_schema()
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    schema["title"] = "A table of a Boathouse project"
    schema["properties"]["steps"]["items"] = {
        "oneOf": [_member(STEPS.member(name), definitions, "step", name) for name in STEPS.names()]
    }
    schema["properties"]["source"] = {
        "oneOf": [_member(SOURCES.member(name), definitions, "format", name) for name in SOURCES.names()]
    }
    return schema


def _member(kind: Any, definitions: dict[str, Any], word: str, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = kind.model_json_schema()
    definitions.update(schema.pop("$defs", {}))
    schema["required"] = sorted({*schema.get("required", []), word})
    schema["properties"][word] = {"const": name}
    definitions[kind.__name__] = schema
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _type(kind: Any, field: str) -> str:
    schema = kind.model_json_schema()["properties"].get(kind.model_fields[field].alias or field, {})
    words = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    return " \\| ".join(map(str, words)) if words else str(schema.get("type", "any"))


def _example(example: Example) -> list[str]:
    step = example.step.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    text = yaml_file.dump([{"step": example.step.step, **step}]).rstrip()
    lines = ["```yaml", text, "```", ""]
    for title, frame in (("given", example.given), *example.others.items(), ("then", example.then)):
        lines += [f"{title}:", "", f"| {' | '.join(_cell(key) for key in frame)} |", f"|{'---|' * len(frame)}"]
        lines += [
            f"| {' | '.join(_cell('NULL' if value is None else value) for value in row)} |"
            for row in zip(*frame.values(), strict=True)
        ]
        lines.append("")
    return lines


def _cell(value: Any) -> str:
    text = str(value)
    shown = text if text.isprintable() else repr(text)  # a tab or a line break is not to be seen in a table
    return shown.replace("|", "\\|")
