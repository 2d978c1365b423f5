"""Forecast file: forecasts/{name}.yml says what is forecast of which table; its rows become gold.pred_{name}."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from boathouse import yaml_file
from boathouse.config import Project
from boathouse.errors import FileError, UnknownName, UserError
from boathouse.ml.forecast.backtest import METHODS, WEEK
from boathouse.ml.forecast.daily_forecast import daily_forecast
from boathouse.ml.forecast.daily_series import Gaps, daily_series
from boathouse.ml.forecast.k_factor import REFERRALS, USERS, k_factor
from boathouse.ml.forecast.referral_conversion import conversion_curve, referral_conversion
from boathouse.ml.forecast.retention import COLUMNS as CELLS
from boathouse.ml.forecast.retention import retention
from boathouse.ml.forecast.reward_liability import COLUMNS as REWARDS
from boathouse.ml.forecast.reward_liability import reward_liability
from boathouse.names import IDENTIFIER

FOLDER = "forecasts"
SENT = ("sent_at", "converted_at")
Read = Callable[[str, Sequence[str]], pa.Table]  # a table's name and the columns of it that are wanted
TableText = Annotated[str, Field(description="a table, such as gold.purchase_day")]
Horizon = Annotated[PositiveInt, Field(description="how many days ahead")]


class Forecast(BaseModel):
    """What every kind of forecast has: a sentence, and a table that it reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = Field(default="", description="one sentence: what is forecast")
    table: TableText

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        """Read the tables and make the forecast, from what was known at the start of a day."""
        raise NotImplementedError


class Daily(Forecast):
    """The next days of columns that have a number a day, or of the count of rows."""

    kind: Literal["daily"]
    day: str = Field(description="the column of the day")
    values: tuple[str, ...] = Field(default=(), description="columns to sum by day; without any, rows are counted")
    gaps: Gaps = Field(default="zero", description="what a day without rows is: zero, carry or fail")
    method: str = Field(default="smoothing", description=f"one of {', '.join(METHODS)}")
    horizon: Horizon = 28
    season: PositiveInt = Field(default=WEEK, description="days after which it is alike again")

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        until = None if as_of is None else date.fromordinal(as_of.toordinal() - 1)
        table, name = read(self.table, (self.day, *self.values)), self.table.rpartition(".")[2]
        series = [
            daily_series(table, self.day, value, name=value or name, gaps=self.gaps, until=until)
            for value in self.values or ("",)
        ]
        return daily_forecast(series, method=self.method, horizon=self.horizon, season=self.season)


class ReferralConversion(Forecast):
    """The share of each day's invitations that will have converted, the latest ones included."""

    kind: Literal["referral_conversion"]
    within: PositiveInt = Field(default=14, description="days after which an invitation is not waited for")

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        return referral_conversion(read(self.table, SENT), within=self.within, as_of=as_of)


class ConversionCurve(Forecast):
    """The share of each month's invitations that has converted after so many days."""

    kind: Literal["conversion_curve"]
    within: PositiveInt = Field(default=14, description="days that the curve has")

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        return conversion_curve(read(self.table, SENT), within=self.within, as_of=as_of)


class RewardLiability(Forecast):
    """What the rewards that are outstanding will cost."""

    kind: Literal["reward_liability"]
    reward_values: dict[str, float] = Field(description="what a reward of each type is worth")
    within: PositiveInt = Field(default=180, description="days after which a reward is taken for never redeemed")
    horizon: Horizon = 28

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        rewards = read(self.table, REWARDS)
        return reward_liability(rewards, self.reward_values, horizon=self.horizon, within=self.within, as_of=as_of)


class Retention(Forecast):
    """The share of each month's new users that is active in the months to come."""

    kind: Literal["retention"]
    months: PositiveInt = Field(default=3, description="how many months ahead")

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        if as_of is not None:
            raise UserError("retention is forecast from the last month of its table, and no other day")
        return retention(read(self.table, CELLS), months=self.months)


class KFactor(Forecast):
    """How many users each user has brought, and will have, by month of sign-up and depth."""

    kind: Literal["k_factor"]
    users: TableText
    horizon: Horizon = 28

    def rows(self, read: Read, as_of: date | None) -> pa.Table:
        return k_factor(read(self.users, USERS), read(self.table, REFERRALS), horizon=self.horizon, as_of=as_of)


KINDS: dict[str, type[Forecast]] = {
    "daily": Daily,
    "referral_conversion": ReferralConversion,
    "conversion_curve": ConversionCurve,
    "reward_liability": RewardLiability,
    "retention": Retention,
    "k_factor": KFactor,
}


def load(project: Project, name: str = "") -> dict[str, Forecast]:
    """Read the project's forecasts, all or the one that is named."""
    files = {file.stem: file for file in sorted((project.root / FOLDER).glob("*.yml"))}
    if not files:
        raise UserError(f"{project.config.name} has no {FOLDER}/*.yml", hint="write one: kind, table, and its columns")
    if name and name not in files:
        raise UnknownName("forecast", name, files, where=FOLDER)
    return {stem: read(file, project.root) for stem, file in files.items() if name in ("", stem)}


def read(file: Path, root: Path) -> Forecast:
    """Read a forecast's file; what is wrong is an error that names file, line and column."""
    text = yaml_file.read(file, root=root)
    if not IDENTIFIER.fullmatch(file.stem):
        raise FileError(f"{text.file}: `{file.stem}` is no name of a table", hint="use letters, digits and underscores")
    kind = text.data.get("kind") if isinstance(text.data, dict) else None
    if kind not in KINDS:
        raise UnknownName("kind of forecast", str(kind), KINDS, place=text.place(("kind",)))
    return text.model(KINDS[kind])
