"""Renders a text of a dbt project as dbt does, with its own macros, for either dialect."""

from __future__ import annotations

import jinja2

from boathouse.dbt.macros import ALWAYS, DIALECT, used
from boathouse.quoting import Dialect

MACROS = ("dialect", "quoted_name", "quoted_text", "timestamp_type")


def rendered(text: str, dialect: Dialect) -> str:
    """Render with the macros of the project; a table is written ref:name or source:schema.name, in the dialect's quotes."""
    quote = '"' if dialect == "duckdb" else "`"
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], keep_trailing_newline=True)  # noqa: S701 - it makes SQL
    environment.globals |= {
        "target": {"type": dialect},
        "ref": lambda name: f"{quote}ref:{name}{quote}",
        "source": lambda schema, name: f"{quote}source:{schema}.{name}{quote}",
        "config": lambda **_settings: "",
    }
    own = environment.from_string(DIALECT).module
    environment.globals |= {name: getattr(own, name) for name in MACROS}
    for path, macro in used([text]).items():
        if path.removeprefix("macros/").removesuffix(".sql") not in ALWAYS:
            module = environment.from_string(macro).module
            environment.globals |= {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return environment.from_string(text).render()
