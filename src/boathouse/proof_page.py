"""Proof page: what a proof says as one HTML file that needs nothing else, to read and to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

SIGNS = {"PROVEN": "✓", "EQUAL WITHIN TOLERANCE": "≈", "DIFFERENT": "≠", "NOT COMPARABLE": "?"}
KINDS = {"PROVEN": "good", "EQUAL WITHIN TOLERANCE": "good", "DIFFERENT": "bad", "NOT COMPARABLE": "unknown"}

STYLE = """
:root { --ink: #14212b; --soft: #5b6b78; --paper: #f5f7f8; --card: #fff; --line: #dde4e8; --accent: #0b6e8a;
  --good: #17703f; --good-soft: #e2f3e9; --bad: #b3261e; --bad-soft: #fbe9e7; --unknown: #8a5a00; --unknown-soft: #fdf1d9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf1; --soft: #9aabb7; --paper: #0f171d; --card: #17222a;
  --line: #28363f; --accent: #59bcd6; --good: #6fd49b; --good-soft: #143324; --bad: #ff8f86; --bad-soft: #3d1c1a;
  --unknown: #f0c268; --unknown-soft: #3a2d12; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 40px 24px 72px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 13px; text-transform: uppercase; letter-spacing: .08em; color: var(--soft); margin: 40px 0 12px; }
.lead { color: var(--soft); margin: 0 0 28px; max-width: 70ch; }
.facts { display: flex; flex-wrap: wrap; gap: 12px; }
.fact { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; min-width: 140px; }
.fact b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.fact span { color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--soft); }
th, td { padding: 9px 16px; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child code { white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; white-space: nowrap; }
code, td.value { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.verdict { display: inline-block; border-radius: 99px; padding: 2px 11px; font-size: 12.5px; font-weight: 650; white-space: nowrap; }
.good { color: var(--good); background: var(--good-soft); } .bad { color: var(--bad); background: var(--bad-soft); }
.unknown { color: var(--unknown); background: var(--unknown-soft); }
section.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 14px; }
section.card h3 { margin: 0 12px 0 0; font-size: 17px; display: inline-block; }
section.card p { margin: 10px 0; } section.card .scroll { border-radius: 8px; margin-top: 10px; }
ul { margin: 6px 0 0; padding-left: 20px; } a { color: var(--accent); } footer { color: var(--soft); margin-top: 40px; font-size: 13px; }
"""


def page(proof: Mapping[str, Any]) -> str:
    """Write the page of what Proof.to_dict() says."""
    tables = proof["tables"]
    said = "Every table is proven" if proof["proven"] else "Not every table is proven"
    unequal = [table for table in tables if table["verdict"] == "DIFFERENT"]
    title = f"{escape(proof['project'])}: {said.lower()}"
    body = f"""<h1>{said}</h1>
<p class="lead">The notebooks of <b>{escape(proof["project"])}</b> for {escape(proof["target"])}, as they stand in the export, were run
on {escape(proof["engines"])}; each table was held against the one that the local run built: its columns, their types and order, and every row.</p>
<div class="facts">{_facts(proof)}</div>
<h2>Tables</h2>
{table(("Table", "Verdict", "#Rows here", "#Rows on Spark", "#Seconds", ""), map(_line, tables))}
{"<h2>What differs</h2>" if unequal else ""}
{"".join(card(each, each["table"], ("here", "on Spark")) for each in unequal)}
<footer>PROVEN: the same columns, and the same rows as a multiset; doubles equal within 1e-12 relative, NULL only to NULL, NaN only to NaN.
EQUAL WITHIN TOLERANCE: where a wider tolerance was declared. NOT COMPARABLE is never counted as equal.</footer>"""
    return document(title, body)


def document(title: str, body: str) -> str:
    """Write a whole page around HTML; the title is HTML too."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _facts(proof: Mapping[str, Any]) -> str:
    tables = proof["tables"]
    equal = sum(KINDS[table["verdict"]] == "good" for table in tables)
    rows = sum(table["right_rows"] or 0 for table in tables)
    return facts((f"{equal} of {len(tables)}", "tables equal"), (f"{rows:,}", "rows on Spark"), (f"{proof['seconds']:.1f} s", "for the proof"))  # fmt: skip


def facts(*numbers: tuple[str, str]) -> str:
    """Write the numbers above all else, each with what it counts."""
    return "".join(f'<div class="fact"><b>{value}</b><span>{name}</span></div>' for value, name in numbers)


def _line(table: Mapping[str, Any]) -> tuple[str, ...]:
    rows = (count(table["left_rows"]), count(table["right_rows"]))
    return (
        f"<code>{escape(table['table'])}</code>",
        verdict(table),
        *rows,
        f"{table['seconds']:.2f}",
        escape(table["why"]),
    )


def verdict(compared: Mapping[str, Any]) -> str:
    """Write the verdict as a coloured word."""
    word = compared["verdict"]
    return f'<span class="verdict {KINDS[word]}">{SIGNS[word]} {word.lower()}</span>'


def count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def card(compared: Mapping[str, Any], heading: str, sides: tuple[str, str]) -> str:
    """Write what differs between two tables; the sides are called as they are called in a sentence: here, on Spark."""
    left, right = sides
    parts = [f"<h3><code>{escape(heading)}</code></h3>{verdict(compared)}<p>{escape(compared['why'])}</p>"]
    by = ", ".join(f"<code>{escape(name)}</code>" for name in compared["aligned_by"])
    words = {
        "missing": f"rows are only {left}",
        "extra": f"rows are only {right}",
        "changed": "rows differ in a column",
    }
    counts = [f"{compared[kind]:,} {said}" for kind, said in words.items() if compared[kind]]
    if counts:
        parts.append(f"<p>{'; '.join(counts)}.{f' Rows are told apart by {by}.' if by else ''}</p>")
    for kind, side in (("missing_samples", left), ("extra_samples", right)):
        if compared[kind]:
            rows = "".join(f"<li><code>{escape(row)}</code></li>" for row in compared[kind])
            parts.append(f"<p>Only {side}:</p><ul>{rows}</ul>")
    if compared["columns"]:
        lines = (line for column in compared["columns"] for line in samples(column))
        head = ("Column", "#Rows that differ", "How", "Row", left.capitalize(), right[0].upper() + right[1:])
        parts.append(table(head, lines))
    return f'<section class="card">{"".join(parts)}</section>'


def samples(column: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    """Write up to three rows of each way in which a column differs."""
    largest = f" (by {column['largest']:.3g} relative at most)" if column["largest"] is not None else ""
    head = (f"<code>{escape(column['column'])}</code>", f"{column['rows']:,}{largest}")
    for change in column["changes"]:
        how = f"{change['kind']} ({change['rows']:,})"
        for row, here, there in change["samples"]:
            yield (*head, escape(how), *(f"<code>{escape(value)}</code>" for value in (row, here, there)))
            head, how = ("", ""), ""


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table; a header that begins with # is over numbers."""
    number = [name.startswith("#") for name in header]
    head = "".join(f"<th{_class(right)}>{name.lstrip('#')}</th>" for name, right in zip(header, number, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{_class(right)}>{cell}</td>' for cell, right in zip(row, number, strict=True))}</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _class(right: bool) -> str:
    return ' class="number"' if right else ""
