"""Forecast what the files in forecasts/ name into gold.pred_*, and tell which forecasts do not beat the naive ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
from pydantic import Field, field_validator

from boathouse.errors import UserError
from boathouse.scheduled_job import Job, JobResult, Site

ERRORS = (("mase", "naive_mase"), ("error", "naive_error"))  # of a series of days, and of counts
DIGITS = 3


class Forecast(Job):
    """Forecast what the files in forecasts/ name into gold.pred_*, and tell which forecasts do not beat the naive ones."""

    forecast: str = Field(default="", description="a file of forecasts/; by default all of them")
    as_of: str = Field(
        default="", description="only what was known at the start of this day, 2024-06-01; by default all"
    )

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, said: str) -> str:
        try:
            return str(date.fromisoformat(said)) if said else ""
        except ValueError:
            raise ValueError(f"`{said}` is no day such as 2024-06-01") from None

    def run(self, site: Site) -> JobResult:
        """Write each forecast's table whole; one that cannot be made leaves its table as it was, and is told."""
        from boathouse.ml.forecast import forecast_file

        as_of = date.fromisoformat(self.as_of) if self.as_of else None
        tables, told, failed = {}, [], []
        for name, forecast in forecast_file.load(site.project, self.forecast).items():
            try:
                rows = forecast.rows(lambda said, columns: site.lake.read(site.place(said), columns), as_of)
            except UserError as error:
                failed.append(f"{name}: {error}")
                continue
            target = site.place(f"gold.pred_{name}")
            tables[str(target)] = site.lake.write(target, rows)
            told += findings(name, rows)
        said = f"{len(tables)} of {len(tables) + len(failed)} forecasts made"
        worse = sum(row["beats_naive"] is False for row in told)
        said += f"; {worse} of {len(told)} do not beat the naive forecast" if worse else ""
        untried = sum(row["beats_naive"] is None for row in told)
        said += f"; {untried} of {len(told)} have too short a past to be tried on" if untried else ""
        return JobResult(
            "" if failed else said, tables, rows=tuple(told), refused="; ".join([said, *failed] if failed else [])
        )


def findings(name: str, rows: pa.Table) -> list[Mapping[str, Any]]:
    """Say of each series of a forecast how far off it was, and the nearest naive one; a curve of what was says nothing."""
    if "beats_naive" not in rows.column_names or not rows.num_rows:
        return []
    by = next((column for column in ("series", "reward_type") if column in rows.column_names), "")
    firsts = {row[by] if by else "": row for row in reversed(rows.to_pylist())}
    return [_finding(name, series, row) for series, row in reversed(firsts.items())]


def _finding(name: str, series: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    measure, naive = next(pair for pair in ERRORS if pair[0] in row)
    nearest = min((row[key] for key in (naive, f"seasonal_{naive}") if row.get(key) is not None), default=None)
    found = {"error": row[measure], "naive": nearest, "beats_naive": row["beats_naive"]}
    found |= {name: row[name] for name in ("coverage_80", "coverage_95")}
    shown = {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in found.items()}
    return {"forecast": name, "series": series, "measure": measure, **shown}
