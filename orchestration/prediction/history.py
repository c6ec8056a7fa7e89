"""The three numbers that the purchase models know of a customer, many customers at a time.

Belongs here: checking and packing histories. Does not belong here: any model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS_PER_WEEK: Final = 7.0


@dataclass(frozen=True)
class Values:
    """The distinct values of a column and, per row, which one it has: a function is then computed once per value."""

    distinct: Floats
    place: Ints

    @classmethod
    def of(cls, column: Floats) -> Values:
        """Pack a column."""
        distinct, place = np.unique(column, return_inverse=True)
        return cls(distinct, place.astype(np.int64))


@dataclass(frozen=True)
class Histories:
    """Histories of customers, one entry per customer, all of one length.

    Attributes:
        repeats: Purchases after the first one (x); purchases of one day are one.
        recency_weeks: Weeks from the first to the last purchase (t_x); nought without a repeat.
        age_weeks: Weeks from the first purchase to the end of the observation (T).
        weights: How many customers share the history.
    """

    repeats: Floats
    recency_weeks: Floats
    age_weeks: Floats
    weights: Floats

    @classmethod
    def from_days(cls, repeats: ArrayLike, recency_days: ArrayLike, age_days: ArrayLike) -> Histories:
        """Return histories from counts and whole days, in the order given.

        Raises:
            ValueError: A history is impossible; the message names the first one.
        """
        x, t_x, age = (np.asarray(column, dtype=np.float64) for column in (repeats, recency_days, age_days))
        wrong = ~((x >= 0) & (t_x >= 0) & (t_x <= age) & ((x > 0) == (t_x > 0)))
        if wrong.any():
            first = int(np.argmax(wrong))
            raise ValueError(
                f"customer {first}: {x[first]:g} repeat purchases, the last after {t_x[first]:g} of {age[first]:g}"
                " days; recency lies between nought and the age, and is nought exactly without a repeat"
            )
        return cls(x, t_x / DAYS_PER_WEEK, age / DAYS_PER_WEEK, np.ones(len(x)))

    def grouped(self) -> Histories:
        """Return each history once, with the number of customers who share it: the same likelihood, sooner.

        The result is sorted, so that the order in which customers come changes no digit of a fit.
        """
        rows = np.stack([self.repeats, self.recency_weeks, self.age_weeks], axis=1)
        distinct, place = np.unique(rows, axis=0, return_inverse=True)
        weights = np.bincount(place.ravel(), weights=self.weights, minlength=len(distinct)).astype(np.float64)
        return Histories(distinct[:, 0], distinct[:, 1], distinct[:, 2], weights)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.repeats)

    @cached_property
    def x(self) -> Values:
        """The repeats, packed."""
        return Values.of(self.repeats)

    @cached_property
    def t_x(self) -> Values:
        """The recencies, packed."""
        return Values.of(self.recency_weeks)

    @cached_property
    def t(self) -> Values:
        """The ages, packed."""
        return Values.of(self.age_weeks)
