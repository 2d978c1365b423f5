"""Time zones by name: which ones both engines know."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from boathouse.errors import did_you_mean


def zone_name(text: str) -> str:
    """Check a zone's name; EST and its like mean one thing to Java and another to everybody else."""
    known = [name for name in sorted(available_timezones()) if "/" in name]
    if text == "UTC" or text in known or (not known and "/" in text):
        return text
    raise ValueError(f"there is no time zone `{text}`; {did_you_mean(text, known) if known else 'write Europe/Berlin'}")


TimeZone = Annotated[str, AfterValidator(zone_name)]
