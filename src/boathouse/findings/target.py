"""How the classes of the column to be predicted are balanced.

numbers: class_distribution (class -> rows), class_percentages, n_classes, imbalance_ratio, minority_class,
minority_percentage, null_count.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawTable, Severity

FEW, VERY_FEW = 10.0, 1.0  # percent of the smallest class: TG003, TG002 of the seed's catalogue


class Target(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        column = table.by_name.get(table.target or "")
        if not column or not column.present:
            return
        numbers = dict(column.profile.type_metrics)
        query = f"SELECT {column.sql} AS class, count(*) AS row_count FROM {table.sql} GROUP BY 1 ORDER BY 2 DESC, 1"
        if "n_classes" not in numbers:
            says = f"{column.name} is the target and has {column.distinct:,} distinct values"
            yield Finding(
                table.name, column.name, "target", says, {**numbers, "null_count": column.nulls}, "info", query
            )
            return
        says = f"{column.name} is the target: {numbers['n_classes']} classes, the smallest, {numbers['minority_class']!r}, in {numbers['minority_percentage']} % of the rows"
        says += f"; {column.nulls:,} rows have none" if column.nulls else ""
        yield Finding(
            table.name,
            column.name,
            "target",
            says,
            numbers,
            severity(numbers["n_classes"], numbers["minority_percentage"], column.nulls),
            query,
        )


def severity(classes: int, minority: float, nulls: int) -> Severity:
    if classes < 2 or minority < VERY_FEW:  # noqa: PLR2004 - nothing to tell apart
        return "critical"
    return "warning" if minority < FEW or nulls else "info"
