"""Drift report: what has drifted, as a page in Markdown and as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE, DATA = "drift_report.md", "drift_report.json"


def write_report(document: dict[str, Any], folder: Path) -> Path:
    """Write both files into a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATA).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    page = folder / PAGE
    page.write_text("\n".join(_lines(document)) + "\n", encoding="utf-8")
    return page


def _lines(document: dict[str, Any]) -> Iterator[str]:
    drifted = document["drifted_features"]
    yield "# Drift report\n"
    yield (
        f"**{document['drift_status']}**: {document['rows']:,} rows, {len(drifted['major'])} features with major and "
        f"{len(drifted['minor'])} with minor drift; the mean index is {document['overall_psi']:.4f}.\n"
    )
    yield from (f"- {_cell(finding['says'])}" for finding in document["findings"])
    yield "\n| feature | PSI | by chance below | drift | Jensen-Shannon | Kolmogorov-Smirnov | missing, then and now | unseen |"
    yield "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |"
    for name, each in sorted(document["features"].items(), key=lambda item: -item[1]["psi"]):
        status = next((kind for kind in ("major", "minor") if name in drifted[kind]), "stable")
        statistic = each["kolmogorov_smirnov"]
        yield (
            f"| {_cell(name)} | {each['psi']:.4f} | {each['critical_value']:.4f} | {status} | {each['jensen_shannon']:.4f} "
            f"| {'-' if statistic is None else f'{statistic:.4f}'} | {each['missing_reference']:.2%}, "
            f"{each['missing_current']:.2%} | {each['unseen_current']:.2%} |"
        )


def _cell(text: str) -> str:
    """Write a name from the data so that it breaks no table and starts no tag."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "\\`"), ("\r", " "), ("\n", " ")):
        text = text.replace(sign, written)
    return text
