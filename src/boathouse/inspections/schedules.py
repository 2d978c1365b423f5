"""Schedules: cron expressions are Quartz's, time zones exist, and a job starts in one way only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.package import Package, Resource
from boathouse.package.resource_shape import JOBS

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("seconds", 0, 59, ()), ("minutes", 0, 59, ()), ("hours", 0, 23, ()), ("day of month", 1, 31, ()),
    ("month", 1, 12, MONTHS), ("day of week", 1, 7, DAYS), ("year", 1970, 2099, ()),
)  # fmt: skip
WITHOUT_A_YEAR = 6
STARTS = ("schedule", "trigger", "continuous")


def inspect(package: Package) -> Iterator[Fault]:
    for job in package.of_kind(JOBS):
        starts = [key for key in STARTS if job.settings.get(key)]
        if len(starts) > 1:
            yield fault(
                job.settings.get(starts[1]) or job.settings,
                (*job.path, starts[1]),
                f"the job has {' and '.join(starts)}",
                "keep one",
            )
        yield from _schedule(job)


def _schedule(job: Resource) -> Iterator[Fault]:
    path = (*job.path, "schedule")
    cron = job.settings.get("schedule", "quartz_cron_expression")
    if cron and isinstance(cron.value, str) and "${" not in cron.value and (wrong := quartz_mistake(cron.value)):
        yield fault(cron, (*path, "quartz_cron_expression"), *wrong)
    zone = job.settings.get("schedule", "timezone_id")
    if zone and isinstance(zone.value, str) and "${" not in zone.value and not _is_zone(zone.value):
        known = sorted(name for name in available_timezones() if "/" in name)
        if known:  # a machine without the database of time zones cannot tell
            hint = did_you_mean(zone.value, known)
            yield fault(zone, (*path, "timezone_id"), f"there is no time zone `{zone.value}`", hint)


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def quartz_mistake(text: str) -> tuple[str, str] | None:
    """Say what is wrong with a Quartz cron expression: six fields from seconds to the day of the week, then maybe a year."""
    parts = text.upper().split()
    if len(parts) not in (WITHOUT_A_YEAR, WITHOUT_A_YEAR + 1):
        hint = (
            f"write `0 {text}` with `?` for one of the days: Quartz begins with seconds"
            if len(parts) == WITHOUT_A_YEAR - 1
            else ""
        )
        return f"`{text}` has {len(parts)} fields, and Quartz wants 6 or 7", hint
    for part, (name, low, high, words) in zip(parts, FIELDS, strict=False):
        if not all(_fits(each, low, high, words, days=name.startswith("day")) for each in part.split(",")):
            return f"`{part}` is no {name}", f"from {low} to {high}{' or ' + words[0] if words else ''}"
    if (parts[3] == "?") == (parts[5] == "?"):
        return (
            "one of the day of month and the day of week is `?`",
            f"write {' '.join((*parts[:3], '*', parts[4], '?'))}",
        )
    return None


def _fits(part: str, low: int, high: int, words: tuple[str, ...], *, days: bool) -> bool:
    if days and re.fullmatch(r"\?|L|LW|L-\d{1,2}|\d{1,2}W|(?:\d|[A-Z]{3})(?:L|#[1-5])", part):
        return True
    whole, _, step = part.partition("/")
    if step and not (step.isdigit() and int(step) > 0):
        return False
    return whole == "*" or all(_number(each, words, low, high) for each in whole.split("-", 1))


def _number(text: str, words: tuple[str, ...], low: int, high: int) -> bool:
    return text in words or (text.isdigit() and low <= int(text) <= high)
