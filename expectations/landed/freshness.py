"""Freshness: when did the system last say anything?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from great_expectations.expectations import ExpectColumnMaxToBeBetween

from expectations.landed.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectation on the newest event of the entity that speaks for the system."""
    if not state.watched:
        return
    watched = state.thresholds.entities[f"{state.kind}.{state.watched}"]
    oldest = dt.datetime.combine(state.as_of - dt.timedelta(days=watched.stale_after_days), dt.time.min)
    yield Declared(
        state.table(state.watched),
        f"{state.watched}_fresh",
        ExpectColumnMaxToBeBetween(
            column=watched.event,
            min_value=oldest,
            description=f"The newest of {state.watched} is not older than {watched.stale_after_days} days before "
            f"{state.as_of}.",
            notes="A system that is silent is out of reach or its export has stopped. Its marts are stale and say so; "
            "the other systems' night goes on, so this does not hold back.",
            severity="warning",
        ),
    )
