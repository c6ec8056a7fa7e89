"""What passes between the retailer and its customers: messages, tickets, visits of pages, disputes, checkouts.

Belongs here: what happened, and to which visit it belongs. Does not belong here: what people say when they are asked
(`feedback`), and the columns of the help desk's and the mail tool's files (`care`). `NEVER` is later than any instant.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from ingestion.sample.draws import Bools, Draws, Ints
from ingestion.sample.feedback import Asked, Reviews
from ingestion.sample.outcomes import NEVER, NORMAL, Outcomes
from ingestion.sample.people import People
from ingestion.sample.period import DAY, Period
from ingestion.sample.visits import Visits

TOPICS: Final = ("delivery", "product", "return", "question")
DELIVERY, PRODUCT, RETURN, QUESTION = range(4)
ORDER_UPDATE, DELAY_NOTICE, MARKETING = range(3)
NEWSLETTER_MONTHS: Final = 12
"""The mail tool keeps newsletters of the last twelve months."""
_PAGE_SLOTS: Final = (0.5, 0.35, 0.2, 0.08)
_WORRIED_SLOTS: Final = 7
_HOUR: Final = 3600


def draw_contacts(
    draws: Draws, period: Period, people: People, visits: Visits, outcomes: Outcomes, said: tuple[Asked, Reviews]
) -> dict[str, pa.Table]:
    """Return `ticket`, `message`, `page_visit`, `dispute` and `checkout` of a chunk.

    `visit` is a position, -1 for none. Every table has `last`, the last instant inside the period at which the record
    changed, and none begins after it.
    """
    troubled = _troubled(visits, outcomes)
    worried = troubled & draws.chance("worried", visits.number, 0.7)
    tickets = _tickets(draws, visits, outcomes, troubled, worried)
    follow_ups = _follow_ups(draws, visits, said[0])
    both = {name: np.concatenate([tickets[name], follow_ups[name]]) for name in tickets}
    return {
        "ticket": _table(period, both, "opened", ("replied", "resolved")),
        "message": _table(period, _messages(draws, period, people, visits, outcomes), "sent", ("opened", "clicked")),
        "page_visit": _table(period, _page_visits(draws, visits, outcomes, worried), "at", ()),
        "dispute": _table(period, _disputes(draws, visits, outcomes, said[1], troubled), "opened", ("closed",)),
        "checkout": _table(period, _checkouts(draws, visits, outcomes), "began", ("paid",)),
    }


def _table(period: Period, columns: dict[str, Ints], began: str, changes: tuple[str, ...]) -> pa.Table:
    """Return what began inside the period, what was to change after it left out."""
    rows = np.flatnonzero(columns[began] < period.end)
    kept = {name: values[rows] for name, values in columns.items()}
    last = kept[began]
    for name in changes:
        kept[name] = np.where(kept[name] < period.end, kept[name], NEVER)
        last = np.where(kept[name] < NEVER, np.maximum(last, kept[name]), last)
    return pa.table(kept | {"last": last, "pos": np.arange(len(rows))})


def _troubled(visits: Visits, outcomes: Outcomes) -> Bools:
    """Return the orders that come late or never."""
    sent = outcomes.promised < NEVER
    return np.asarray(visits.online & sent & ((outcomes.delivered > outcomes.promised) | outcomes.fails))


def _first_refund(visits: Visits, outcomes: Outcomes) -> Ints:
    first = np.full(len(visits), NEVER, dtype=np.int64)
    np.minimum.at(first, outcomes.refunds.order, outcomes.refunds.at)
    return first


def _tickets(draws: Draws, visits: Visits, outcomes: Outcomes, troubled: Bools, worried: Bools) -> dict[str, Ints]:
    """Return what customers ask: where is it, it is not right, and a question now and then."""
    ids = visits.number
    known = (visits.person >= 0) & (outcomes.fate == NORMAL)
    refund = _first_refund(visits, outcomes)
    sent_back = visits.online & (refund < NEVER)
    luck = draws.uniform("ticket", ids)
    about_delivery = troubled & (luck < np.where(worried, 0.6, 0.15))
    about_goods = ~about_delivery & sent_back & (luck < 0.5)
    asks = ~about_delivery & ~about_goods & (luck < np.where(visits.online, 0.02, 0.004))
    rows = np.flatnonzero(known & (about_delivery | about_goods | asks))
    ids = ids[rows]
    had = np.where(outcomes.delivered[rows] < NEVER, outcomes.delivered[rows], visits.at[rows])
    opened = had + draws.below("asks after", ids, 9 * DAY)
    opened = np.where(about_goods[rows], refund[rows] - _HOUR - draws.below("before", ids, 30 * _HOUR), opened)
    waited = outcomes.promised[rows] + draws.below("waited", ids, 2 * DAY)
    opened = np.where(about_delivery[rows], waited, opened)
    topic = np.where(about_delivery[rows], DELIVERY, np.where(about_goods[rows], PRODUCT, QUESTION))
    return _handled(draws, "ticket", ids, rows, opened, topic) | {"said": np.full(len(rows), -1)}


def _follow_ups(draws: Draws, visits: Visits, asked: Asked) -> dict[str, Ints]:
    """Return the cases that the retailer opens for some of those who would not recommend it."""
    unhappy = asked.answered & (asked.nps >= 0) & (asked.nps <= 6) & (asked.deleted == NEVER)
    rows = np.flatnonzero(unhappy & draws.chance("follow up", visits.number[asked.visit], 0.6))
    ids = visits.number[asked.visit[rows]]
    opened = asked.submitted[rows] + _HOUR + draws.below("follow up after", ids, 47 * _HOUR)
    topic = np.full(len(rows), QUESTION)
    return _handled(draws, "follow up", ids, asked.visit[rows], opened, topic) | {"said": rows}


def _handled(draws: Draws, kind: str, ids: Ints, visit: Ints, opened: Ints, topic: Ints) -> dict[str, Ints]:
    answered = draws.chance(f"{kind} answered", ids, 0.93)
    replied = np.where(answered, opened + 1200 + draws.below(f"{kind} replied", ids, 44 * _HOUR), NEVER)
    done = answered & draws.chance(f"{kind} done", ids, 0.94)
    return {
        "visit": visit,
        "topic": topic,
        "opened": opened,
        "replied": replied,
        "resolved": np.where(done, replied + _HOUR + draws.below(f"{kind} resolved", ids, 5 * DAY), NEVER),
        "luck": draws.below(f"{kind} words", ids, 1 << 20),
    }


def _messages(draws: Draws, period: Period, people: People, visits: Visits, outcomes: Outcomes) -> dict[str, Ints]:
    """Return what was sent: that the parcel is on its way, that it will be late, and the newsletter."""
    sent = np.flatnonzero((outcomes.shipped < NEVER) & (visits.person >= 0))
    late = np.flatnonzero(_troubled(visits, outcomes) & (visits.person >= 0))
    late = late[draws.chance("told of delay", visits.number[late], 0.55)]
    told = outcomes.promised[late] - 20 * _HOUR + draws.below("told at", visits.number[late], 40 * _HOUR)
    day = period.day_of(np.array([period.end - 1]))[0] - 30 * np.arange(NEWSLETTER_MONTHS) - 3
    issue = np.repeat(np.arange(NEWSLETTER_MONTHS), len(people))
    reader = np.tile(np.arange(len(people)), NEWSLETTER_MONTHS)
    letter_ids = people.ids[reader] * 64 + issue
    reads = (people.accounts[reader] > 0) & (people.joined[reader] < day[issue]) & (people.ids[reader] % 3 > 0)
    rows = np.flatnonzero(reads)
    issue, reader, letter_ids = issue[rows], reader[rows], letter_ids[rows]
    issued = period.instant(day[issue], 36_000 + draws.below("letter at", letter_ids, _HOUR))
    ids = np.concatenate([visits.number[sent] * 4, visits.number[late] * 4 + 1, letter_ids * 4 + 2])
    at = np.concatenate([outcomes.shipped[sent], told, issued])
    kind = np.repeat(np.array([ORDER_UPDATE, DELAY_NOTICE, MARKETING]), [len(sent), len(late), len(rows)])
    bounced = draws.chance("bounces message", ids, 0.02)
    opens = ~bounced & draws.chance("opens", ids, np.array([0.7, 0.85, 0.24])[kind])
    opened = np.where(opens, at + 300 + draws.below("opens after", ids, 2 * DAY), NEVER)
    clicks = opens & draws.chance("clicks", ids, np.array([0.4, 0.5, 0.15])[kind])
    return {
        "visit": np.concatenate([sent, late, np.full(len(rows), -1)]),
        "reader": np.concatenate([visits.person[sent], visits.person[late], reader]),
        "kind": kind,
        "issue": np.concatenate([np.full(len(sent) + len(late), -1), issue]),
        "number": ids,
        "sent": at,
        "bounced": bounced.astype(np.int64),
        "opened": opened,
        "clicked": np.where(clicks, opened + 60, NEVER),
        "leaves": ((kind == MARKETING) & opens & draws.chance("unsubscribes", ids, 0.01)).astype(np.int64),
    }


def _page_visits(draws: Draws, visits: Visits, outcomes: Outcomes, worried: Bools) -> dict[str, Ints]:
    """Return who looks where the parcel is: most a little, and the worried again and again once it is late."""
    sent = visits.online & (outcomes.promised < NEVER)
    until = np.minimum(outcomes.delivered, visits.at + 13 * DAY)
    order, at, number = [], [], []
    for slot in range(len(_PAGE_SLOTS) + _WORRIED_SLOTS):
        calm = slot < len(_PAGE_SLOTS)
        ids = visits.number * 16 + slot
        share = _PAGE_SLOTS[slot] if calm else 0.8
        rows = np.flatnonzero(sent & (calm | worried) & draws.chance("looks", ids, share))
        start = visits.at[rows] + (_HOUR if calm else 5 * DAY)
        room = np.maximum(until[rows] - start, 1)
        order.append(rows)
        at.append(start + draws.below("looked at", ids[rows], room))
        number.append(ids[rows])
    return {"visit": np.concatenate(order), "at": np.concatenate(at), "number": np.concatenate(number)}


def _disputes(draws: Draws, visits: Visits, outcomes: Outcomes, reviews: Reviews, troubled: Bools) -> dict[str, Ints]:
    """Return the payments that buyers contest; some of them had given every star."""
    ids = visits.number
    paid = visits.online & (outcomes.fate == NORMAL) & (visits.person >= 0)
    opened = visits.at + 10 * DAY + draws.below("contests after", ids, 30 * DAY)
    disputed = paid & draws.chance("contests", ids, np.where(troubled, 0.08, 0.002))
    all_stars = np.zeros(len(visits), dtype=np.bool_)
    best = reviews.visit[(reviews.rating >= np.where(reviews.platform == 2, 9, 5)) & reviews.verified]
    all_stars[best] = draws.chance("contests all the same", ids[best], 0.04)
    disputed |= paid & all_stars
    rows = np.flatnonzero(disputed)
    closes = ~all_stars[rows] & draws.chance("decided", ids[rows], 0.85)
    return {
        "visit": rows,
        "opened": opened[rows],
        "closed": np.where(closes, opened[rows] + 12 * DAY + draws.below("decided after", ids[rows], 30 * DAY), NEVER),
        "outcome": draws.below("decision", ids[rows], 3),
    }


def _checkouts(draws: Draws, visits: Visits, outcomes: Outcomes) -> dict[str, Ints]:
    """Return checkouts left open: some ended in the order all the same, some gave way to it, some came to nothing.

    Those that came to nothing were begun after an order, by the same buyer and over the same sum. `becomes` tells
    whether the checkout itself became the order; `lost` that no order followed from it.
    """
    known = np.flatnonzero(visits.online & (visits.person >= 0) & (outcomes.fate == NORMAL) & (visits.subscription < 0))
    ids = visits.number[known]
    luck = draws.uniform("leaves a checkout", ids)
    rows, ids, luck = known[luck < 0.12], ids[luck < 0.12], luck[luck < 0.12]
    lost = luck >= 0.07
    before = 6 * _HOUR + draws.below("left before", ids, 4 * DAY)
    after = 15 * DAY + draws.below("left after", ids, 20 * DAY)
    return {
        "visit": rows,
        "number": ids,
        "began": np.where(lost, visits.at[rows] + after, visits.at[rows] - before),
        "paid": np.where(lost, NEVER, visits.at[rows]),
        "becomes": (luck < 0.03).astype(np.int64),
        "lost": lost.astype(np.int64),
    }
