"""Who buys: the people of a chunk, where they buy, how often, and from when until when.

Belongs here: what is true of a person. Does not belong here: how systems write the person down (`records`), and the
orders themselves (`visits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.sample import names
from ingestion.sample.catalogue import COUNTRIES
from ingestion.sample.draws import Bools, Draws, Floats, Ints
from ingestion.sample.period import DAYS, Period

# How people buy: account, guest, card, card and account, card and guest.
ONLINE, GUEST, CARD, CARD_AND_ACCOUNT, CARD_AND_GUEST = range(5)
_WAYS: Final = (21, 10, 30, 31, 8)
_LEAVES_AFTER_FIRST: Final = np.array([0.74, 0.84, 0.72, 0.24, 0.30])
NIGHTS_BEFORE: Final = 700


@dataclass(frozen=True)
class People:
    """One entry per person of the chunk. Days may lie before the period for people who came earlier."""

    ids: Ints
    country: Ints
    is_woman: Bools
    given: Ints
    family: Ints
    birth_day: Ints
    """Days since 1970."""
    head: Ints
    """Position, inside the chunk, of the person whose household this is; oneself for most."""
    way: Ints
    accounts: Ints
    cards: Ints
    links_card: Bools
    """The card number is written in the e-shop account."""
    online_share: Floats
    joined: Ints
    left: Ints
    visits: Ints
    taste: Floats
    subscribes: Bools

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.ids)


def draw_people(draws: Draws, ids: Ints, period: Period) -> People:
    """Return the people with these ids; they depend on no other person but the head of their household."""
    first = ids[0]
    is_relative = draws.chance("household", ids, 0.16) & (ids > first)
    head_ids = np.where(is_relative, ids - 1, ids)
    is_second = is_relative[head_ids - first]
    head_ids = np.where(is_second, ids, head_ids)
    country = draws.choice("country", head_ids, [country.people for country in COUNTRIES])
    way = draws.choice("way", ids, _WAYS)
    has_stores = country != len(COUNTRIES) - 1
    way = np.where(has_stores, way, np.where((way == GUEST) | (way == CARD_AND_GUEST), GUEST, ONLINE))
    is_woman = draws.chance("woman", ids, 0.62)
    givens = np.array([[len(names.MEN[c]), len(names.WOMEN[c])] for c in range(len(COUNTRIES))])
    families = np.array([len(names.FAMILIES[c]) for c in range(len(COUNTRIES))])
    joined, left, visits = _life(draws, ids, way, period)
    has_account = (way == ONLINE) | (way == CARD_AND_ACCOUNT)
    has_card = way >= CARD
    return People(
        ids=ids,
        country=country,
        is_woman=is_woman,
        given=draws.below("given", ids, givens[country, is_woman.astype(np.int64)]),
        family=draws.below("family", head_ids, families[country]),
        birth_day=draws.below("birth", ids, 365 * 55) - 365 * 19,
        head=head_ids - first,
        way=way,
        accounts=has_account * (1 + draws.chance("second account", ids, 0.05)),
        cards=has_card * (1 + draws.chance("second card", ids, 0.06)),
        links_card=has_account & has_card & draws.chance("links card", ids, 0.45),
        online_share=np.where(way < CARD, 1.0, np.where(way == CARD, 0.0, 0.2 + 0.6 * draws.uniform("share", ids))),
        joined=joined,
        left=left,
        visits=visits,
        taste=draws.uniform("taste", ids),
        subscribes=has_account & draws.chance("subscribes", ids, 0.03),
    )


def _life(draws: Draws, ids: Ints, way: Ints, period: Period) -> tuple[Ints, Ints, Ints]:
    """Return the day of joining, the day of leaving and the number of visits of each person.

    A life is Lomax distributed and so is the rate of visits: many people come once, a few come every other week.
    """
    early = draws.chance("early", ids, 0.13)
    arrivals = period.day_at(draws.below("arrival", ids, int(period.cumulative[-1])))
    joined = np.where(early, -1 - draws.below("early day", ids, NIGHTS_BEFORE), arrivals)
    luck = draws.uniform("life", ids)
    life = np.minimum(60 + (420 * luck / (1.0 - luck)), 4.0 * DAYS).astype(np.int64)
    # Who is known from before the period is still there when it begins.
    start = np.maximum(joined, 0)
    left = np.minimum(start + life, DAYS)
    mass = period.cumulative[left] - period.cumulative[start]
    years = mass / (period.cumulative[-1] / (DAYS / 365.25))
    luck = draws.uniform("rate", ids)
    rate = np.minimum(5.2 / np.sqrt(1.0 - luck) - 2.0, 36.0)
    stays = ~draws.chance("leaves", ids, _LEAVES_AFTER_FIRST[way])
    repeats = (rate * years + draws.uniform("fraction", ids)).astype(np.int64)
    return joined, left, 1 + (stays | early) * repeats
