"""Which text columns hold numbers with something around them: $1,234.50, 1.234,5, 12 %.

numbers: forms (money, thousands, decimal_comma, thousands_point or percent -> rows), count, percentage.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable, percent
from boathouse.profiling.text_forms import FORMS, TRIM_SET

DECORATED = ("money", "thousands", "decimal_comma", "thousands_point", "percent")
LEAST = 80.0  # percent of the values are such numbers, or plain ones


class NumbersInText(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            forms = {form: column.counts.get(form, 0) for form in DECORATED}
            count = sum(forms.values())
            if column.holds == "string" and count and percent(count + column.counts["number"], column.present) >= LEAST:
                yield found(table, column, {form: rows for form, rows in forms.items() if rows}, count)


def found(table: RawTable, column: RawColumn, forms: dict[str, int], count: int) -> Finding:
    share = percent(count, column.present)
    says = f"{column.name} holds numbers as text: {', '.join(f'{rows:,} {form.replace(chr(95), chr(32))}' for form, rows in forms.items())}"
    tests = ", ".join(f"count(*) FILTER ({FORMS[form]}) AS {form}" for form in forms)
    query = f"SELECT {tests} FROM (SELECT trim({column.sql}, {TRIM_SET}) AS t FROM {table.sql})"
    return Finding(
        table.name,
        column.name,
        "numbers_in_text",
        says,
        {"forms": forms, "count": count, "percentage": share},
        "warning",
        query,
    )
