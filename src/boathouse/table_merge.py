"""Put accepted steps into a table's file that a person has changed, and take rejected ones out.

A line of a rejected step is taken out; an accepted step that is missing is put behind the accepted step before it;
every other line stays as it is, comments too. Where the file's steps do not stand on a line each, or the result would
not be the steps that were meant, nothing is changed, and the error says which lines to add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from boathouse.errors import FileError, Place
from boathouse.recommendation import Recommendation
from boathouse.table_draft import TableDraft
from boathouse.yaml_file import Reader
from boathouse.yaml_line import comment, yaml_line

StepData = dict[str, Any]
MOST_REASONS = 5  # all of them stand in advice.yml


def step_line(item: Recommendation) -> str:
    """Write a step on one line: `- {step: ...}  # because: nulls.age: 12.4 % (R-014)`."""
    number = f" ({item.id})" if item.id else ""
    reasons = item.because.split("; ")
    more = f"; and {len(reasons) - MOST_REASONS} more" if len(reasons) > MOST_REASONS else ""
    because = "; ".join(reasons[:MOST_REASONS]) + more
    return f"  - {yaml_line(dict(item.step))}  {comment(f'because: {because}{number}')}"


def merged(old: str, draft: TableDraft, file: str) -> str:
    """Give the person's text with the draft's missing steps in it and its rejected ones gone."""
    present = _steps(old)
    rejected = [dict(item.step) for item in draft.rejected if dict(item.step) in present]
    missing = [item for item in draft.steps if dict(item.step) not in present]
    if not missing and not rejected:
        return old
    text = _edited(old, draft.steps, rejected)
    if _as_set(_steps(text)) != _as_set(
        [*(step for step in present if step not in rejected), *(dict(m.step) for m in missing)]
    ):
        lines = "\n".join(step_line(item) for item in missing)
        raise FileError(
            "this file was changed by hand, and its steps do not stand on a line each",
            place=Place(file, 1, 1, (old.splitlines() or [""])[0]),
            hint=f"under `steps:` add\n{lines}" if lines else "take the rejected steps out by hand",
        )
    return text


def _edited(old: str, steps: Iterable[Recommendation], rejected: list[StepData]) -> str:
    lines, found = old.splitlines(), _step_lines(old)
    if not _steps(old):
        lines = [*(line for line in lines if line.split("#")[0].strip() not in ("steps:", "steps: []")), "steps:"]
    start = next((at for at, line in enumerate(lines) if line.split("#")[0].rstrip() == "steps:"), len(lines) - 1)
    new = _insertions(steps, found, start)
    result: list[str] = []
    for at, line in enumerate(lines):
        if found.get(at) not in rejected:
            result.append(line)
        result += new.get(at, [])
    text = "\n".join(result) + "\n"
    return text if _steps(text) else text.replace("\nsteps:", "\nsteps: []", 1)


def _insertions(steps: Iterable[Recommendation], found: Mapping[int, StepData], start: int) -> dict[int, list[str]]:
    """Say which lines come behind which: a missing step behind the last step before it that is there."""
    after: dict[int, list[str]] = {}
    last = start
    for item in steps:
        at = next((at for at, step in found.items() if step == dict(item.step)), None)
        if at is None:
            after.setdefault(last, []).append(step_line(item))
        else:
            last = at
    return after


def _steps(text: str) -> list[StepData]:
    try:
        data = yaml.load(text, Loader=Reader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError:
        return []
    steps = data.get("steps") if isinstance(data, dict) else None
    return list(steps) if isinstance(steps, list) else []


def _step_lines(text: str) -> dict[int, StepData]:
    """Find the lines that hold one whole step each."""
    found: dict[int, StepData] = {}
    for at, line in enumerate(text.splitlines()):
        if line.lstrip().startswith("- {"):
            try:
                data = yaml.load(line.strip(), Loader=Reader)  # noqa: S506 - a SafeLoader
            except yaml.YAMLError:
                continue
            if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict) and "step" in data[0]:
                found[at] = data[0]
    return found


def _as_set(steps: Iterable[StepData]) -> list[str]:
    return sorted(repr(step) for step in steps)
