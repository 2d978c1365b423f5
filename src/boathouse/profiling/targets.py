"""Choose the column that is to be predicted: the one asked for, or one whose name and values both say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from boathouse.profiling.name_words import words

# In the seed's order, with fraud added; a later group wins only where no earlier one is there.
GROUPS: tuple[frozenset[str], ...] = (
    frozenset({"churn", "churned", "retained", "retention", "attrition"}),
    frozenset({"fraud", "fraudulent"}),
    frozenset(
        {"unsubscribed", "unsubscribe", "cancelled", "canceled", "closed", "exited", "left", "converted", "defaulted"}
    ),
    frozenset({"target", "label", "outcome", "y"}),
    frozenset({"class", "flag"}),
)
LAST_WORDS = frozenset({"class", "flag"})
LEAST_CLASSES, MOST_CLASSES = 2, 10
LAST_CLASSES = 2  # `ship_class` has three, and is none
LEAST_ROWS = 20


def choose_target(columns: Iterable[tuple[str, int, int]], rows: int) -> str | None:
    """Choose among (name, distinct values, present values); the first best of the first group that any name is in."""
    fitting = [
        (name, distinct)
        for name, distinct, present in columns
        if LEAST_CLASSES <= distinct <= MOST_CLASSES and present >= 0.5 * rows
    ]
    if rows < LEAST_ROWS:
        return None
    for group in GROUPS:
        named = [(distinct, at, name) for at, (name, distinct) in enumerate(fitting) if group & set(words(name))]
        if group == LAST_WORDS:
            named = [entry for entry in named if entry[0] == LAST_CLASSES]
        if named:
            return min(named)[2]
    return None


def class_metrics(top: Sequence[tuple[str, int]], nulls: int) -> dict[str, object]:
    """Say how the classes are balanced, in the seed's words."""
    classes = dict(top)
    total = sum(classes.values())
    minority = min(classes, key=lambda value: (classes[value], value))
    return {
        "class_distribution": classes,
        "class_percentages": {value: round(100 * count / total, 2) for value, count in classes.items()},
        "imbalance_ratio": round(max(classes.values()) / classes[minority], 4),
        "minority_class": minority,
        "minority_percentage": round(100 * classes[minority] / total, 2),
        "n_classes": len(classes),
        "null_count": nulls,
    }
