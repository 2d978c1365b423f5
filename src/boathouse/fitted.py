"""fitted.yml: the numbers that steps were frozen with when they first ran, kept with the project and reviewed like code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from boathouse import yaml_file
from boathouse.errors import FileError
from boathouse.step import FittedStep

Fitted = Mapping[str, Mapping[str, dict[str, Any]]]  # table -> step key -> numbers

FILE = "fitted.yml"
ABOUT = "# Numbers that fitted steps learnt when they first ran. Delete an entry to have it learnt anew.\n"


def step_key(step: FittedStep, seen: dict[str, int]) -> str:
    """Name a step by what it says: a changed step is another one, and learns anew; equal ones of a table are counted."""
    said = step.model_dump(mode="json", exclude={"because", "fit", "fitted"})
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]
    key = f"{step.step}.{said.get('column', '')}.{digest}"
    seen[key] = seen.get(key, 0) + 1
    return key if seen[key] == 1 else f"{key}.{seen[key]}"


def load(file: Path) -> Fitted:
    """Read the numbers; a project that has none yet has no file."""
    if not file.exists():
        return {}
    data = yaml_file.read(file, root=file.parent).data or {}
    if not _has_form(data):
        raise FileError(
            f"{file.name} does not have the form table: step: numbers", hint="delete it to have all numbers learnt anew"
        )
    return data


def _has_form(data: Any) -> bool:
    tables = data.values() if isinstance(data, dict) else [None]
    return all(
        isinstance(steps, dict) and all(isinstance(numbers, dict) for numbers in steps.values()) for steps in tables
    )


def save(file: Path, fitted: Fitted) -> None:
    """Write the numbers, tables and steps in alphabetical order."""
    data = {table: dict(sorted(steps.items())) for table, steps in sorted(fitted.items())}
    yaml_file.write_whole(file, ABOUT + yaml_file.dump(data))
