"""Numbers are brought to one scale: by mean and deviation, or by median and quartiles where many lie far out."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import routes
from boathouse.recommendation import Phase, Recommendation, Subject, noted
from boathouse.schema import is_number

PHASE: Phase = "features.scaling"

FAR_OUT = 5.0  # percent of the values beyond the fences, above which a deviation is theirs alone


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Scale what was a number from the start, and the totals; 0 and 1 of categories stay."""
    for name in (*subject.origins, *_totals(subject)):
        if name not in subject.schema or name in subject.fixed or not is_number(subject.schema[name].type):
            continue
        column = subject.origins.get(name)
        if column is not None and column.inferred_type not in ("numeric_continuous", "numeric_discrete", "text"):
            continue
        share = column.type_metrics.get("outlier_percentage", 0.0) if column else 0.0
        method = "robust" if share > FAR_OUT else "standard"
        about = f"{share} % of {name} lie beyond the fences" if column else f"{name} is a total of another table"
        yield Recommendation(
            table=subject.table,
            step={"step": "scale", "column": name, "method": method},
            **noted(subject.data, "numeric_shape", [name], about),
            risk="the numbers lose their unit; whoever reads the table needs the frozen mean and deviation to go back",
            layer="gold", category="scaling", action=method,
        )  # fmt: skip


def _totals(subject: Subject) -> list[str]:
    made = ((route.prefix, subject.lake.get(route.table)) for route in routes(subject.findings))
    keys = {route.by for route in routes(subject.findings)}
    return [f"{prefix}{column.name}" for prefix, schema in made for column in schema or () if column.name not in keys]
