"""Which export shows which state of a record: the history, and the change exports of the last 45 days.

An order is exported anew, with all that belongs to it, whenever something about it changes. The history shows each
record once, as it was when the daily exports began.

Belongs here: versions and the day of the export. Does not belong here: what a row looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from ingestion.sample.draws import Ints
from ingestion.sample.outcomes import CANCELLED, DELETED, DRAFT, EARLY, NEVER, SUSPENDED, TEST, VOID, Outcomes
from ingestion.sample.period import Period
from ingestion.sample.visits import Visits

HISTORY: Final = -1
ONLINE_STATES: Final = ("draft", "pending", "paid", "fulfilled", "completed", "cancelled", "void")
TILL_STATES: Final = ("suspended", "completed", "cancelled", "void")


def export_days(period: Period, instants: Ints) -> Ints:
    """Return the export of each change: the daily one of its day, or the history."""
    days = period.day_of(instants) - period.first_daily
    return np.asarray(np.where(days < 0, HISTORY, days))


def newest(period: Period, record: Ints, at: Ints, columns: dict[str, Ints]) -> pa.Table:
    """Return, of all states of records, the newest per record and export; states after the period never were.

    Returns:
        record, at (the state's instant), export (`HISTORY` or the number of a daily export), and the columns.
    """
    seen = np.flatnonzero(at < period.end)
    export = export_days(period, at[seen])
    order = seen[np.lexsort((np.arange(len(seen)), at[seen], export, record[seen]))]
    export = export_days(period, at[order])
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (record[order][1:] != record[order][:-1]) | (export[1:] != export[:-1])
    kept = order[last]
    table = {"record": record[kept], "at": at[kept], "export": export[last]}
    return pa.table(table | {name: values[kept] for name, values in columns.items()})


def order_versions(visits: Visits, outcomes: Outcomes, pending: Ints, period: Period) -> pa.Table:
    """Return the versions of e-shop orders: `record` is the visit, `state` indexes `ONLINE_STATES`."""
    rows = np.flatnonzero(visits.online)
    fate = outcomes.fate[rows]
    first = np.full(len(rows), 2, dtype=np.int64)
    first[pending[rows] > 0] = 1
    first[fate == DRAFT] = 0
    first[fate == TEST] = 4
    # Half of what was refunded before it was sent is left as paid.
    gone = np.where(fate == VOID, 6, 5)
    parts = [
        (rows, visits.at[rows], first),
        (rows, outcomes.shipped[rows], np.full(len(rows), 3, dtype=np.int64)),
        (rows, outcomes.delivered[rows], np.full(len(rows), 4, dtype=np.int64)),
        (rows, np.where(fate == DELETED, NEVER, outcomes.ended[rows]), gone),
        (rows, np.where(fate == DELETED, outcomes.ended[rows], NEVER), np.full(len(rows), 4, dtype=np.int64)),
        _refunded(outcomes, visits),
    ]
    return _stacked(period, parts, outcomes)


def _refunded(outcomes: Outcomes, visits: Visits) -> tuple[Ints, Ints, Ints]:
    rows = np.flatnonzero(outcomes.refunds.store < 0)
    order = outcomes.refunds.order[rows]
    early = outcomes.fate[order] == EARLY
    state = np.where(early, np.where(visits.number[order] % 2 == 0, 5, 2), 4)
    return order, outcomes.refunds.at[rows], state


def sale_versions(visits: Visits, outcomes: Outcomes, period: Period) -> pa.Table:
    """Return the versions of till sales: `record` is the visit, `state` indexes `TILL_STATES`."""
    rows = np.flatnonzero(~visits.online)
    fate = outcomes.fate[rows]
    first = np.ones(len(rows), dtype=np.int64)
    first[fate == SUSPENDED] = 0
    first[fate == CANCELLED] = 2
    ended = np.where(fate == CANCELLED, NEVER, outcomes.ended[rows])
    last = np.where(fate == VOID, 3, 1)
    return _stacked(period, [(rows, visits.at[rows], first), (rows, ended, last)], outcomes)


def _stacked(period: Period, parts: Sequence[tuple[Ints, Ints, Ints]], outcomes: Outcomes) -> pa.Table:
    record, at, state = (np.concatenate([part[k] for part in parts]) for k in range(3))
    deleted = np.where(
        (outcomes.fate[record] == DELETED) & (at >= outcomes.ended[record]), outcomes.ended[record], NEVER
    )
    return newest(period, record, at, {"state": state, "deleted_at": deleted})
