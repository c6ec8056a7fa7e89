"""What people say: who is asked, who answers, which scores, and reviews.

Belongs here: invites, responses, scores and reviews as they happened. Does not belong here: the words (`phrases`) and
the survey tool's columns (`voice`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.sample.draws import Bools, Draws, Ints
from ingestion.sample.outcomes import NEVER, NORMAL, Outcomes
from ingestion.sample.period import DAY, Period
from ingestion.sample.visits import Visits

ONLINE, STORE, RELATION = range(3)
SURVEYS: Final = (
    ("SV-ONLINE", "How was your online order?", "email"),
    ("SV-STORE", "How was your visit?", "till"),
    ("SV-YEARLY", "How are we doing?", "email"),
)
# Survey, question, metric, lowest and highest score, words.
QUESTIONS: Final = (
    (ONLINE, "Q1", "nps", 0, 10, "How likely are you to recommend us to a friend?"),
    (ONLINE, "Q2", "ces", 1, 7, "The shop made it easy to order."),
    (ONLINE, "Q3", "text", None, None, "What should we do better?"),
    (STORE, "Q1", "nps", 0, 10, "How likely are you to recommend this store?"),
    (STORE, "Q2", "csat", 1, 5, "How satisfied were you with your visit?"),
    (STORE, "Q3", "text", None, None, "Anything else?"),
    (RELATION, "Q1", "nps", 0, 10, "How likely are you to recommend us to a friend?"),
    (RELATION, "Q2", "csat", 1, 5, "How satisfied are you with us?"),
    (RELATION, "Q3", "choice", None, None, "What do you come for?"),
    (RELATION, "Q4", "text", None, None, "Why?"),
)
SHOP, MAPS, MARKETPLACE = range(3)
PLATFORMS: Final = (("webshop", 5), ("maps", 5), ("marketplace", 10))
# The store whose customers are less content since this day before the end of the period.
DRIFTING_STORE: Final = 2
DRIFTING_DAYS: Final = 150
_DRIFT: Final = 0.3
# Cumulative shares of 100 people, from the least to the most content, who give each score.
_NPS: Final = np.array([2, 3, 4, 6, 8, 12, 18, 29, 48, 66, 100])
_FIVE: Final = np.array([4, 9, 18, 45, 100])
_SEVEN: Final = np.array([2, 5, 9, 16, 32, 62, 100])


@dataclass(frozen=True)
class Asked:
    """One entry per visit that led to an invite or to a response without one."""

    visit: Ints
    survey: Ints
    invited: Bools
    bounced: Bools
    sent: Ints
    answered: Bools
    started: Ints
    submitted: Ints
    partial: Bools
    edited: Ints
    deleted: Ints
    shows_email: Bools
    nps: Ints
    """-1: offered and not given."""
    second: Ints
    """The CSAT or CES score, -1: offered and not given."""
    comment: Ints
    """-1: none."""


@dataclass(frozen=True)
class Reviews:
    """One entry per review."""

    visit: Ints
    platform: Ints
    rating: Ints
    at: Ints
    replied: Ints
    edited: Ints
    shows_email: Bools
    verified: Bools
    words: Ints
    raised: Bools
    """The edit gives a better rating: the author is content with the reply."""
    contrary: Bools
    """All stars, and words of an unhappy person."""


def draw_feedback(draws: Draws, visits: Visits, outcomes: Outcomes, period: Period) -> tuple[Asked, Reviews]:
    """Return what people were asked and said about the visits of a chunk."""
    ids = visits.number
    late = outcomes.delivered - outcomes.promised > 0
    sorry = np.zeros(len(visits), dtype=np.bool_)
    sorry[outcomes.refunds.order] = True
    mood = draws.uniform("mood", ids) - 0.35 * (late & (outcomes.delivered < NEVER)) - 0.25 * sorry
    drifts = (visits.store == DRIFTING_STORE) & (visits.at >= period.end - DRIFTING_DAYS * DAY)
    # A few send everything back and would recommend the shop all the same.
    mood = np.where(sorry & draws.chance("content all the same", ids, 0.1), 0.97, np.clip(mood - _DRIFT * drifts, 0, 1))
    return _asked(draws, visits, outcomes, mood), _reviews(draws, visits, outcomes, mood)


def _asked(draws: Draws, visits: Visits, outcomes: Outcomes, mood: np.ndarray) -> Asked:
    ids = visits.number
    known = visits.person >= 0
    had = np.where(visits.online, outcomes.delivered, visits.at)
    fine = (outcomes.fate == NORMAL) & (had < NEVER)
    invited = fine & known & draws.chance("invited", ids, 0.24)
    # The drifting store has a tablet at the door, so that its drift can be told from chance.
    at_door = np.where(visits.store == DRIFTING_STORE, 0.2, 0.02)
    walk_in = fine & ~visits.online & ~invited & draws.chance("walk-in", ids, at_door)
    rows = np.flatnonzero(invited | walk_in)
    ids = ids[rows]
    yearly = draws.chance("yearly", ids, 0.12) & invited[rows]
    survey = np.where(yearly, RELATION, np.where(visits.online[rows], ONLINE, STORE))
    sent = had[rows] + DAY + draws.below("asked after", ids, 5 * DAY)
    bounced = invited[rows] & draws.chance("bounces", ids, 0.04)
    answers = draws.chance("answers", ids, 0.34) & ~bounced
    started = np.where(invited[rows], sent + draws.below("answers after", ids, 4 * DAY), had[rows] + 120)
    submitted = started + 30 + draws.below("answering", ids, 500)
    score = _score(draws, ids, "nps", _NPS, mood[rows])
    scale = np.where(survey == ONLINE, 7, 5)
    second = np.where(
        scale == 7,
        1 + _score(draws, ids, "ces", _SEVEN, mood[rows]),
        1 + _score(draws, ids, "csat", _FIVE, mood[rows]),
    )
    return Asked(
        visit=rows,
        survey=survey,
        invited=invited[rows],
        bounced=bounced,
        sent=sent,
        answered=~invited[rows] | answers,
        started=started,
        submitted=submitted,
        partial=draws.chance("partial", ids, 0.12),
        edited=np.where(draws.chance("edits", ids, 0.015), submitted + 20 * DAY, NEVER),
        deleted=np.where(draws.chance("deletes", ids, 0.004), submitted + 33 * DAY, NEVER),
        shows_email=draws.chance("shows e-mail", ids, 0.6) & known[rows],
        nps=np.where(draws.chance("skips score", ids, 0.04), -1, score),
        second=np.where(draws.chance("skips second", ids, 0.05), -1, second),
        comment=np.where(draws.chance("comments", ids, 0.4), draws.below("comment", ids, 1 << 20), -1),
    )


def _score(draws: Draws, ids: Ints, topic: str, shares: np.ndarray, mood: np.ndarray) -> Ints:
    """Return a score by mood, a little blurred, from the cumulative shares of scores."""
    blurred = np.clip(0.88 * mood + 0.12 * draws.uniform(f"{topic} blur", ids), 0.0, 0.999)
    return np.asarray(np.searchsorted(shares, (blurred * 100).astype(np.int64), side="right"))


def _reviews(draws: Draws, visits: Visits, outcomes: Outcomes, mood: np.ndarray) -> Reviews:
    ids = visits.number
    had = np.where(visits.online, outcomes.delivered, visits.at)
    writes = (outcomes.fate == NORMAL) & (had < NEVER) & draws.chance("reviews", ids, 0.03)
    rows = np.flatnonzero(writes)
    ids = ids[rows]
    platform = np.where(~visits.online[rows], MAPS, np.where(draws.chance("on market", ids, 0.25), MARKETPLACE, SHOP))
    stars = 1 + _score(draws, ids, "stars", _FIVE, mood[rows])
    at = had[rows] + DAY + draws.below("reviewed after", ids, 25 * DAY)
    replies = draws.chance("replies", ids, np.where(stars <= 2, 0.7, 0.25))
    known = visits.person[rows] >= 0
    replied = np.where(replies, at + 3600 + draws.below("replied after", ids, 6 * DAY), NEVER)
    raised = replies & (stars <= 2) & draws.chance("raises review", ids, 0.3)
    edits = np.where(draws.chance("edits review", ids, 0.02), at + 9 * DAY, NEVER)
    return Reviews(
        visit=rows,
        platform=platform,
        rating=np.where(platform == MARKETPLACE, stars * 2 - draws.below("half star", ids, 2), stars),
        at=at,
        replied=replied,
        edited=np.where(raised, replied + DAY + draws.below("raised after", ids, 5 * DAY), edits),
        shows_email=known & (platform == SHOP) & draws.chance("review e-mail", ids, 0.7),
        verified=known & (platform != MAPS),
        words=draws.below("review words", ids, 1 << 20),
        raised=raised,
        contrary=(stars == 5) & draws.chance("contrary review", ids, 0.06),
    )
