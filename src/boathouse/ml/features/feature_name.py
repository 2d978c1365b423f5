"""Feature name: noun_metric_window, such as customer_spend_30d, and what to write where a name is not so."""

from __future__ import annotations

import re
from collections.abc import Sequence

WINDOW = re.compile(r"(?:[1-9][0-9]*(?:s|min|h|d|w|mo|q|y)|all_time|latest)")
RIGHT = re.compile(rf"[a-z][a-z0-9]*(?:_[a-z0-9]+)+_{WINDOW.pattern}")
SINCE = re.compile(
    r"[a-z][a-z0-9]*_since(?:_[a-z0-9]+)+"
)  # days_since_last_event: its window reaches back to the event
UNITS = {
    "second": "s", "sec": "s", "minute": "min", "hour": "h", "hr": "h", "day": "d", "week": "w", "wk": "w", "month": "mo",
    "mon": "mo", "quarter": "q", "year": "y", "yr": "y", "s": "s", "min": "min", "h": "h", "d": "d", "w": "w", "mo": "mo",
    "q": "q", "y": "y",
}  # fmt: skip
NUMBER_UNIT = re.compile(r"([1-9][0-9]*)_?([a-z]+?)s?(?=_|$)")
FILLERS = {"last", "past", "previous", "prev", "over", "in", "the"}  # words that only lead up to a window
EVER = {"lifetime", "ever", "alltime"}
NOW = {"current", "now"}
LEAST = 2  # words before the window: a noun and a metric


class FeatureNameWarning(UserWarning):
    """A feature is registered whose name is not noun_metric_window."""


def naming_hint(name: str, entity_key: Sequence[str] = ()) -> str:
    """Say how a feature would be called by noun_metric_window; nothing where it is called so."""
    if RIGHT.fullmatch(name) or SINCE.fullmatch(name):
        return ""
    words, window = _parted(name)
    nouns = [re.sub(r"_(?:id|key|code|number|no)$", "", key.lower()) for key in entity_key[:1]]
    if len(words) < LEAST:
        words = [*(nouns or ["entity"]), *(words or ["metric"])]
    stem = "_".join(words)
    if window:
        return f"call it {stem}_{window}"
    return f"call it {stem}_30d by its window, {stem}_all_time, or {stem}_latest for what holds at the time"


def _parted(name: str) -> tuple[list[str], str]:
    """Take a name apart: its words, and the window that it says somewhere, as it would be written."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    snake = re.sub(r"[^a-z0-9]+", "_", snake).strip("_")
    window = ""
    for ever in ("all_time", "latest"):
        if re.search(rf"(?:^|_){ever}(?=_|$)", snake):
            window, snake = ever, re.sub(rf"(?:^|_){ever}(?=_|$)", "", snake)
    for found in NUMBER_UNIT.finditer(snake):
        unit = UNITS.get(found[2]) or UNITS.get(f"{found[2]}s", "")
        if unit and not window:
            window, snake = f"{found[1]}{unit}", snake[: found.start()] + snake[found.end() :]
            break
    words = [word for word in snake.split("_") if word]
    said = {word for word in words if word in EVER | NOW}
    window = window or ("all_time" if said & EVER else "latest" if said else "")
    kept = [word for word in words if word not in FILLERS | EVER | NOW] if window else words
    return ([f"n{word}" if at == 0 and word[0].isdigit() else word for at, word in enumerate(kept)]), window
