"""Freshness: when did the system last say anything?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.landed.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on the newest event of the entities whose events speak for the system."""
    for name, watched in state.watched.items():
        oldest = state.as_of - dt.timedelta(days=watched.stale_after_days)
        yield Declared(
            name,
            state.subject(name),
            f"{name}_fresh",
            ExpectColumnMaxToBeBetween(
                column=watched.event,
                min_value=dt.datetime.combine(oldest, dt.time.min),
                description=f"The newest of {name} is of {oldest} or later.",
                notes="A system that is silent is out of reach or its export has stopped. Its marts are stale and say "
                "so; the night of the other systems goes on, so this holds nothing back.",
                severity=FailureSeverity.WARNING,
            ),
        )
