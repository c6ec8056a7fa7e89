"""The three years of the sample retailer: its days, how busy each one is, and local time against UTC.

Belongs here: the calendar. Does not belong here: who buys. Instants are seconds since 1970 in UTC; days are numbered
from 0, the first day of the period, in the retailer's zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ingestion.sample.draws import Ints

ZONE: Final = ZoneInfo("Europe/Athens")
DAYS: Final = 1096
DAILY_DAYS: Final = 45
DAY: Final = 86_400
_EPOCH: Final = dt.date(1970, 1, 1)

# January to December: winter sales, a quiet August, and the weeks before Christmas.
_MONTHS: Final = (86, 80, 92, 97, 101, 97, 84, 62, 99, 104, 116, 148)
# Monday to Sunday.
_WEEKDAYS: Final = (88, 90, 94, 97, 118, 135, 78)
# Midnight to 23:00.
STORE_HOURS: Final = (0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 11, 12, 10, 7, 6, 8, 11, 13, 11, 5, 0, 0, 0)
ONLINE_HOURS: Final = (4, 2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 7, 7, 6, 6, 6, 7, 8, 9, 11, 12, 10, 7)
AIRPORT_HOURS: Final = (3, 2, 2, 4, 6, 8, 8, 7, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4)


@dataclass(frozen=True)
class Period:
    """Three years that end with `end_date`."""

    end_date: dt.date

    @property
    def first_date(self) -> dt.date:
        """Day 0."""
        return self.end_date - dt.timedelta(days=DAYS - 1)

    @property
    def first_daily(self) -> int:
        """The first day that has change exports of its own; what was before is in the history export."""
        return DAYS - DAILY_DAYS

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.first_date + dt.timedelta(days=day)

    @cached_property
    def year_of_day(self) -> Ints:
        """The price list in force on each day, counted from the year of day 0."""
        return np.array([self.date(day).year - self.first_date.year for day in range(DAYS)], dtype=np.int64)

    @cached_property
    def weekday(self) -> Ints:
        """Monday is 0."""
        return (np.arange(DAYS, dtype=np.int64) + self.first_date.weekday()) % 7

    @cached_property
    def busyness(self) -> Ints:
        """How busy each day is: season, weekday, Black Friday, holidays, and a growth of one half over the period."""
        return np.array([self._busyness(day) for day in range(DAYS)], dtype=np.int64)

    def _busyness(self, day: int) -> int:
        date = self.date(day)
        weight = _MONTHS[date.month - 1] * _WEEKDAYS[date.weekday()] * (2 * DAYS + day) // (2 * DAYS)
        black_friday = _fourth_friday(date.year)
        if date == black_friday:
            return weight * 4
        if dt.timedelta(-4) <= date - black_friday <= dt.timedelta(3):
            return weight * 2
        if date.month == 12 and date.day > 24:
            return weight // (8 if date.day <= 26 else 2)
        return weight

    @cached_property
    def cumulative(self) -> Ints:
        """Busyness before each day; one more entry than days."""
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self.busyness)])

    def day_at(self, mass: Ints) -> Ints:
        """Return the day on which the cumulative busyness passes `mass`."""
        days = np.searchsorted(self.cumulative, mass, side="right") - 1
        return np.asarray(np.clip(days, 0, DAYS - 1))

    @cached_property
    def _changes(self) -> tuple[Ints, Ints]:
        """Instants at which the offset from UTC changes, and the offset that follows each; a year of margin."""
        start = int((self.first_date - _EPOCH).days - 800) * DAY
        hours = range(start, start + (DAYS + 1200) * DAY, 3600)
        instants, offsets = [0], [_offset(start)]
        for instant in hours:
            if _offset(instant) != offsets[-1]:
                instants.append(instant)
                offsets.append(_offset(instant))
        return np.array(instants, dtype=np.int64), np.array(offsets, dtype=np.int64)

    def to_local(self, instants: Ints) -> Ints:
        """Return wall-clock seconds for instants in UTC."""
        starts, offsets = self._changes
        return np.asarray(instants + offsets[np.searchsorted(starts, instants, side="right") - 1])

    def instant(self, days: Ints, seconds: Ints) -> Ints:
        """Return the UTC instant of a day and of seconds since its midnight on the wall clock."""
        wall = int((self.first_date - _EPOCH).days) * DAY + days * DAY + seconds
        guess = wall - 2 * 3600
        return np.asarray(wall - (self.to_local(guess) - guess))

    def day_of(self, instants: Ints) -> Ints:
        """Return the day, on the wall clock, of instants in UTC."""
        return np.asarray(self.to_local(instants) // DAY - int((self.first_date - _EPOCH).days))

    @cached_property
    def end(self) -> int:
        """The first instant after the period."""
        return int(self.instant(np.array([DAYS]), np.array([0]))[0])


def _offset(instant: int) -> int:
    offset = dt.datetime.fromtimestamp(instant, ZONE).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _fourth_friday(year: int) -> dt.date:
    first = dt.date(year, 11, 1)
    return first + dt.timedelta(days=(4 - first.weekday()) % 7 + 21)
