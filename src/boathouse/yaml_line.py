"""Plain data as YAML that every reader reads back alike, on one line or on many, whatever stands in it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from boathouse.yaml_file import add_words

# What ends a line for YAML, for Python's splitlines() or for an editor; and control characters, which YAML forbids.
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")


class _OneLine(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that is there twice twice: `&id001` is for machines."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # Only between double quotes is a line break written as \n; the other styles would break the line.
    style = '"' if BREAKS.search(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_OneLine.add_representer(str, _text)
add_words(_OneLine)  # text that YAML 1.1 or 1.2 would take for another type is quoted: '0123', 'yes' and '1e5'


def yaml_line(value: Any) -> str:
    """Write a value in flow style: {step: fill_nulls, column: age}."""
    text = yaml.dump(
        value, Dumper=_OneLine, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return str(text).removesuffix("\n").removesuffix("\n...")


def yaml_block(value: Any) -> str:
    """Write a value on many lines, as documents for other programs are."""
    return str(
        yaml.dump(value, Dumper=_OneLine, default_flow_style=False, sort_keys=False, allow_unicode=True, width=120)
    )


def comment(text: str) -> str:
    """Write text as a comment on one line: nothing in it can start a new one."""
    return f"# {BREAKS.sub(' ', text).strip()}"
