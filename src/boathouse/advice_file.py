"""advice.yml: what is recommended, and what a person decided about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from boathouse import yaml_file
from boathouse.advise import decide
from boathouse.errors import FileError, UserError
from boathouse.names import TableName
from boathouse.recommendation import Advice, Recommendation
from boathouse.yaml_line import comment, yaml_line

HEADER = """\
# What Boathouse recommends, in the order in which the steps would stand in their tables.
# Set `accepted:` to true or false and run `boathouse advise` again; what you decided is kept.
"""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = ""
    table: str
    step: dict[str, Any] = Field(min_length=1)
    because: str = ""
    risk: str = ""
    accepted: bool | None = None


def save(advice: Advice, path: Path) -> None:
    """Write the recommendations as YAML, a line for each thing that is said of one."""
    yaml_file.write_whole(path, advice_text(advice))


def advice_text(advice: Advice) -> str:
    blocks = [_block(item) for item in advice.recommendations]
    left = [comment(f"{left.table} {yaml_line(dict(left.step))}: {left.reason}") for left in advice.left_out]
    text = HEADER + ("\n" + "\n".join(blocks) if blocks else "[]\n")
    return "\n".join([text, "# Left out, for it does not fit:", *left, ""]) if left else text


def merge(advice: Advice, path: Path) -> Advice:
    """Carry over what a person decided in the file that is there."""
    return decide(advice, read(path))


def read(path: Path) -> Advice:
    """Read what was recommended and decided; no file is no advice, and what cannot be understood is shown with its line."""
    if not path.exists():
        return Advice()
    text = yaml_file.read(path, root=path.parent)
    if text.data is None:
        return Advice()
    if not isinstance(text.data, list):
        raise FileError("expected a list of recommendations", place=text.place())
    return Advice(tuple(_read(text, at) for at in range(len(text.data))))


def _block(item: Recommendation) -> str:
    values = {
        "id": item.id,
        "table": str(item.table),
        "step": dict(item.step),
        "because": item.because,
        "risk": item.risk,
    }
    lines = [f"{key}: {yaml_line(value)}" for key, value in (values | {"accepted": item.accepted}).items()]
    return "- " + "\n  ".join(lines) + "\n"


def _read(text: yaml_file.YamlText, at: int) -> Recommendation:
    entry = text.model(_Entry, (at,))
    try:
        table = TableName.parse(entry.table)
    except UserError as error:
        raise error.at(text.place((at, "table"))) from None
    # The registry's words are not kept in the file: they follow from the step, and advise() knows them again.
    return Recommendation(
        table=table, step=entry.step, because=entry.because, risk=entry.risk, layer=table.layer, category="step",
        action=str(entry.step.get("step", "")), accepted=entry.accepted, id=entry.id,
    )  # fmt: skip
