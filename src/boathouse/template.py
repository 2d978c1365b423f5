"""Template: a file of an export that leaves as it stands, but for its marks."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "templates"
MARK = re.compile(r"<<(\w+)>>")  # no language of these files writes a word between such brackets


def template(name: str, **marks: str) -> str:
    """Give the file templates/{name}.tmpl with each <<mark>> replaced; what is put in is already quoted for its place."""
    return MARK.sub(lambda mark: marks[mark[1]], _text(name))


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.tmpl").read_text(encoding="utf-8")
