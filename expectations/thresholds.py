"""The thresholds of the audits, typed and validated; `thresholds.yml` beside this module holds and explains them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict, Field

Share = float


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Strict):
    """The clock of an entity whose volume and freshness are watched."""

    event: str
    stale_after_days: int = Field(ge=0)
    amount: str | None = None


class Volume(Strict):
    """How many rows a business day may have, against the same weekdays before."""

    judged_days: int = Field(ge=1)
    history_weeks: int = Field(ge=1)
    least_weeks: int = Field(ge=1)
    least_median: int = Field(ge=1)
    floor: Share = Field(gt=0, lt=1)
    ceiling: float = Field(gt=1)
    trading_days: int = Field(ge=1)


class Amount(Strict):
    """How far the typical order value may move."""

    drift: float = Field(gt=1)
    least_rows: int = Field(ge=1)


class Time(Strict):
    """Which instants are believed."""

    earliest: dt.date
    tolerance_days: int = Field(ge=0)
    mostly: Share = Field(gt=0, le=1)


class Plausible(Strict):
    """The largest values that are believed."""

    quantity: int


class Landed(Strict):
    """Thresholds of what landed; `entities` is keyed by `<kind>.<entity>`."""

    entities: dict[str, Event]
    volume: Volume
    amount: Amount
    time: Time
    plausible: Plausible
    conflicting_share: Share


class Published(Strict):
    """Thresholds of what would be published."""

    least_known_share: Share
    discount_rate: tuple[Share, Share]
    return_rate: tuple[Share, Share]
    least_rows_kept: Share
    kpi_drift: Share
    stale_after_days: int
    not_personal: dict[str, str]


class Thresholds(Strict):
    """Everything that an audit compares with."""

    landed: Landed
    published: Published


@cache
def load_thresholds() -> Thresholds:
    """Return the thresholds, read from the YAML file beside this module."""
    text = resources.files(__package__).joinpath("thresholds.yml").read_text(encoding="utf-8")
    return Thresholds.model_validate(yaml.safe_load(text))
