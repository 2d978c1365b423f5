"""The functions of Databricks SQL that Boathouse knows, by theme: what DuckDB says for each, or why it cannot."""

from __future__ import annotations

from boathouse.dialect.functions import aggregates, arrays, conditions, dates, numbers, system, text
from boathouse.dialect.functions.call import Functions

THEMES = (numbers, text, dates, conditions, aggregates, arrays, system)

FUNCTIONS: Functions = {name: function for theme in THEMES for name, function in theme.FUNCTIONS.items()}
REFUSED: dict[str, str] = {name: hint for theme in THEMES for name, hint in theme.REFUSED.items()}
