"""Customers made by the very process that the models assume, and those of CDNOW.

Belongs here: drawing and reading. Does not belong here: what is asserted of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from orchestration.prediction.history import Floats, Histories
from tests.shop import SHARED

CALIBRATION_ENDS = pd.Timestamp("1997-09-30")


class Cdnow(NamedTuple):
    """The 39 weeks that the papers fit: histories of all customers, and the repeat purchases of those who have any."""

    histories: Histories
    repeats: Floats
    mean_spend: Floats


def cdnow() -> Cdnow:
    path = SHARED / "data" / "cdnow_sample.parquet"
    if not path.is_file():
        pytest.skip("cdnow_sample.parquet is not here: it belongs to the shared test data, which a clone does not have")
    sales = pd.read_parquet(path)
    sales["day"] = pd.to_datetime(sales["date"].astype(str))
    days = sales[sales["day"] <= CALIBRATION_ENDS].groupby(["sample_id", "day"])["dollars"].sum().reset_index()
    firsts = days.groupby("sample_id")["day"].transform("min")
    customers = days.groupby("sample_id")["day"].agg(["min", "max", "count"])
    repeats = days[days["day"] > firsts].groupby("sample_id")["dollars"].agg(["count", "mean"])
    return Cdnow(
        Histories.from_days(
            customers["count"] - 1,
            (customers["max"] - customers["min"]).dt.days,
            (CALIBRATION_ENDS - customers["min"]).dt.days,
        ),
        repeats["count"].to_numpy(np.float64),
        repeats["mean"].to_numpy(np.float64),
    )


class Simulated(NamedTuple):
    """Histories in days, whether each customer is alive at their end, and the purchases of the time after it."""

    repeats: Floats
    recency_days: Floats
    age_days: Floats
    is_alive: Floats
    later_purchases: Floats


def simulate(
    customers: int, ahead_days: float, *, leaves_after_first: bool, r: float, alpha: float, a: float, b: float
) -> Simulated:
    """Draw customers who buy and leave as BG/NBD says, or as MBG/NBD when the first purchase can be the last.

    Purchases fall on fractions of days, so that two of them never share one.
    """
    draw = np.random.default_rng(20261031)
    weekly = draw.gamma(r, 1.0 / alpha, customers)
    leaving = draw.beta(a, b, customers)
    age = draw.integers(30, 1000, customers).astype(np.float64)
    repeats, last, later = (np.zeros(customers) for _ in range(3))
    is_there = draw.random(customers) > leaving if leaves_after_first else np.ones(customers, dtype=bool)
    left_at = np.where(is_there, np.inf, 0.0)
    now = np.zeros(customers)
    while is_there.any():
        now = now + draw.exponential(7.0 / weekly)
        is_there = is_there & (now <= age + ahead_days)
        counted = is_there & (now <= age)
        repeats[counted] += 1
        last[counted] = now[counted]
        later[is_there & ~counted] += 1
        leaves = is_there & (draw.random(customers) < leaving)
        left_at[leaves] = now[leaves]
        is_there = is_there & ~leaves
    return Simulated(repeats, last, age, (left_at > age).astype(np.float64), later)
