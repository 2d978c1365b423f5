"""Numbers are brought to one scale: by mean and deviation, or by median and quartiles where many lie far out."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import routes
from boathouse.probe import ColumnProfile
from boathouse.recommendation import Phase, Recommendation, Subject, noted
from boathouse.schema import is_number

PHASE: Phase = "features.scaling"

FAR_OUT = 5.0  # percent of the values beyond the fences, above which a deviation is theirs alone
WIDE = 100  # from least to most: few-valued numbers within less, such as hours or persons, are near enough to 0 and 1
SCALED_TOTALS = ("_sum", "_mean")  # and the count of rows; a count of categories is small


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Scale what was measured, and the totals; 0 and 1 of categories, and small whole numbers, stay as they are."""
    for name in (*subject.origins, *_totals(subject)):
        if name not in subject.schema or name in subject.fixed or not is_number(subject.schema[name].type):
            continue
        column = subject.origins.get(name)
        if column is not None and not _is_wide(column):
            continue
        share = column.type_metrics.get("outlier_percentage", 0.0) if column else 0.0
        method = "robust" if share > FAR_OUT else "standard"
        yield Recommendation(
            table=subject.table,
            step={"step": "scale", "column": name, "method": method},
            **noted(subject.data, "numeric_shape", [name], _why(name, column, share)),
            risk="the numbers lose their unit; whoever reads the table needs the frozen numbers of fitted.yml to go back",
            layer="gold", category="scaling", action=method,
        )  # fmt: skip


def _is_wide(column: ColumnProfile) -> bool:
    metrics = column.type_metrics
    if column.inferred_type == "numeric_discrete":
        return bool(metrics["max_value"] - metrics["min_value"] > WIDE)
    return column.inferred_type in ("numeric_continuous", "text")


def _why(name: str, column: ColumnProfile | None, share: float) -> str:
    if column is None:
        return f"{name} grows with the rows of an entity; in a distance or a linear model it would outweigh what lies in 0 to 1"
    if share > FAR_OUT:
        return f"{share} % of {name} lie beyond the fences, and would make the deviation theirs: the quartiles hold still"
    metrics = column.type_metrics
    if "max_value" not in metrics:
        return f"{name} would outweigh what lies in 0 to 1 in a distance or a linear model"
    reach = f"{name} reaches from {metrics['min_value']:,.6g} to {metrics['max_value']:,.6g}"
    return f"{reach}: distances and linear models weigh columns by how far they reach"


def _totals(subject: Subject) -> list[str]:
    made = ((route, subject.lake.get(route.table)) for route in routes(subject.findings))
    return [
        f"{route.prefix}{column.name}"
        for route, schema in made
        for column in schema or ()
        if column.name != route.by and (column.name == "count" or column.name.endswith(SCALED_TOTALS))
    ]
