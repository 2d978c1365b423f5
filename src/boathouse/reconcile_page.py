"""Reconcile page: what a reconciliation found, as one HTML file that needs nothing else, and as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from boathouse import yaml_file
from boathouse.names import slug
from boathouse.proof_page import card, document, facts, table, verdict
from boathouse.reconciliation import Reconciliation

NAME = 60  # letters of a side in the file's name; a path may have hundreds

FOOTER = """PROVEN: the same columns, and the same rows as a multiset; NULL equals only NULL, NaN only NaN, doubles to 1e-12 relative.
EQUAL WITHIN TOLERANCE: where numbers lie further apart, but no further than was allowed. NOT COMPARABLE is never counted as equal.
By fingerprint: 256 sums over every value of both sides, which two different tables have in common with a chance of about 2 to the -62."""


def write_report(found: Reconciliation, folder: Path) -> Path:
    """Write the page and its JSON into a folder, and give the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "_".join(slug(side)[-NAME:] for side in (found.left, found.right))
    page_file, told = folder / f"{name}.html", found.to_dict()
    yaml_file.write_whole(
        page_file.with_suffix(".json"), json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"
    )
    yaml_file.write_whole(page_file, page(told))
    return page_file


def page(found: Mapping[str, Any]) -> str:
    """Write the page of what Reconciliation.to_dict() says."""
    left, right = escape(found["left"]), escape(found["right"])
    differs = [card(found, f"{found['left']} ≠ {found['right']}", ("left", "right"))] if found["columns"] or found["missing"] or found["extra"] else []  # fmt: skip
    body = f"""<h1>{verdict(found)}</h1>
<p class="lead"><code>{left}</code> (left) was held against <code>{right}</code> (right){_by(found)}. {escape(found["why"])}</p>
<div class="facts">{_facts(found)}</div>
{_schema(found)}
{_notes(found)}
{"<h2>What differs</h2>" if differs else ""}
{"".join(differs)}
<footer>{FOOTER}</footer>"""
    return document(f"{left} and {right}: {found['verdict'].lower()}", body)


def _by(found: Mapping[str, Any]) -> str:
    return f" by {', '.join(f'<code>{escape(name)}</code>' for name in found['key'])}" if found["key"] else ""


def _facts(found: Mapping[str, Any]) -> str:
    rows = [
        ("?" if found[side] is None else f"{found[side]:,}", f"rows {side[:-5]}")
        for side in ("left_rows", "right_rows")
    ]
    buckets = [] if found["buckets"] is None else [(f"{found['buckets']} of 256", "buckets differ")]
    return facts(*rows, *buckets, (found["tier"], "told it"), (f"{found['seconds']:.1f} s", "in all"))


def _schema(found: Mapping[str, Any]) -> str:
    lines = [
        (f"<code>{escape(each['column'])}</code>", each["kind"], escape(each["left"]), escape(each["right"]))
        for each in found["schema_differences"]
    ]
    return f"<h2>Columns</h2>{table(('Column', 'Difference', 'Left', 'Right'), lines)}" if lines else ""


def _notes(found: Mapping[str, Any]) -> str:
    twice = found["duplicate_keys"] or (0, 0)
    keys = [f"keys that are there more than once: {twice[0]:,} left, {twice[1]:,} right"] if any(twice) else []
    notes = "".join(f"<li>{escape(note)}</li>" for note in (*found["notes"], *keys))
    return f"<h2>Notes</h2><ul>{notes}</ul>" if notes else ""
