"""When and where people buy: one entry per order or sale, those of anonymous people at the tills included.

Belongs here: the visit itself. Does not belong here: what is bought (`baskets`) and what becomes of it (`outcomes`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from ingestion.sample.catalogue import COUNTRIES, STORES
from ingestion.sample.draws import Bools, Draws, Ints
from ingestion.sample.people import CARD_AND_GUEST, GUEST, People
from ingestion.sample.period import AIRPORT_HOURS, DAY, DAYS, ONLINE_HOURS, STORE_HOURS, Period

ANONYMOUS_PER_PERSON: Final = 2.4
SUBSCRIPTION_DAYS: Final = 30
SALES_PER_NIGHT_SALE: Final = 300
AIRPORT: Final = next(number for number, store in enumerate(STORES) if store.always_open)
ORDERS_PER_CHUNK: Final = 1_000_000
_SUNDAY: Final = 6


@dataclass(frozen=True)
class Visits:
    """One entry per order or sale, ordered by time. -1 stands for none."""

    number: Ints
    """Unique over all chunks."""
    person: Ints
    """Position inside the chunk; -1 for an anonymous sale, also when the holder left the card at home."""
    country: Ints
    store: Ints
    at: Ints
    account: Ints
    """0 or 1: which account of the person placed the order; -1 for guests and at the till."""
    card: Ints
    subscription: Ints
    """Days since the subscription began, or -1."""

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self.number)

    @property
    def online(self) -> Bools:
        """True for orders of the e-shop."""
        return np.asarray(self.store < 0)


def draw_visits(draws: Draws, people: People, period: Period, chunk: int) -> Visits:
    """Return every visit of a chunk inside the period."""
    parts = [
        _known(draws, people, period),
        _subscribed(draws, people, period),
        _anonymous(draws, people, period),
    ]
    names = [field.name for field in fields(Visits) if field.name != "number"]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
    order = np.argsort(joined["at"], kind="stable")
    order = order[joined["at"][order] < period.end]
    numbers = chunk * ORDERS_PER_CHUNK + np.arange(len(order), dtype=np.int64)
    return Visits(number=numbers, **{name: values[order] for name, values in joined.items()})


def _known(draws: Draws, people: People, period: Period) -> dict[str, Ints]:
    person = np.repeat(np.arange(len(people), dtype=np.int64), people.visits)
    nth = np.arange(len(person)) - np.repeat(np.cumsum(people.visits) - people.visits, people.visits)
    ids = people.ids[person] * 4096 + nth
    start = period.cumulative[np.maximum(people.joined, 0)][person]
    mass = period.cumulative[people.left][person] - start
    day = period.day_at(start + (draws.uniform("visit day", ids) * mass).astype(np.int64))
    day = np.where((nth == 0) & (people.joined[person] >= 0), people.joined[person], day)
    online = draws.uniform("visit online", ids) < people.online_share[person]
    store = np.where(online, -1, _store(draws, people, person, ids))
    day = _open_day(period, store, day)
    guest_way = (people.way[person] == GUEST) | (people.way[person] == CARD_AND_GUEST)
    guest = online & (guest_way | draws.chance("guest once", ids, 0.07))
    account = np.where(online & ~guest, (people.accounts[person] > 1) & draws.chance("which account", ids, 0.4), -1)
    forgot = draws.chance("forgot card", ids, 0.06)
    switch = (people.joined + people.left)[person] // 2
    card = np.where(online | forgot, -1, (people.cards[person] > 1) & (day > switch))
    return {
        "person": np.where(~online & (card < 0), -1, person),
        "country": people.country[person],
        "store": store,
        "at": period.instant(day, _seconds(draws, store, ids)),
        "account": account,
        "card": card,
        "subscription": np.full(len(ids), -1, dtype=np.int64),
    }


def _store(draws: Draws, people: People, person: Ints, ids: Ints) -> Ints:
    """Return the home store of the person for most visits, else another one of the country; meaningless online."""
    chosen = np.zeros(len(ids), dtype=np.int64)
    home = draws.uniform("home store", ids) < 0.85
    for country in range(len(COUNTRIES)):
        weights = np.array([store.weight if store.country == country else 0 for store in STORES])
        if weights.sum():
            here = people.country[person] == country
            near = draws.choice("near store", people.ids[person], weights)
            chosen = np.where(here, np.where(home, near, draws.choice("other store", ids, weights)), chosen)
    return chosen


def _open_day(period: Period, store: Ints, day: Ints) -> Ints:
    """Move what would fall on a Sunday to the Saturday before: only the airport and the e-shop are open."""
    always = np.array([store.always_open for store in STORES])[store] | (store < 0)
    closed = ~always & (period.weekday[day] == _SUNDAY)
    return np.asarray(np.where(closed, np.where(day > 0, day - 1, 1), day))


def _seconds(draws: Draws, store: Ints, ids: Ints) -> Ints:
    always = np.array([store.always_open for store in STORES])[store]
    online = draws.choice("online hour", ids, ONLINE_HOURS)
    till = np.where(always, draws.choice("airport hour", ids, AIRPORT_HOURS), draws.choice("hour", ids, STORE_HOURS))
    return np.asarray(np.where(store < 0, online, till) * 3600 + draws.below("second", ids, 3600))


def _subscribed(draws: Draws, people: People, period: Period) -> dict[str, Ints]:
    """Return the monthly orders of subscribers: from some day after joining until they leave."""
    person = np.flatnonzero(people.subscribes)
    began = np.maximum(people.joined[person], 0) + draws.below("subscribed", people.ids[person], 90)
    months = np.maximum(people.left[person] - began, 0) // SUBSCRIPTION_DAYS
    repeated = np.repeat(person, months)
    nth = np.arange(len(repeated)) - np.repeat(np.cumsum(months) - months, months)
    day = np.minimum(np.repeat(began, months) + nth * SUBSCRIPTION_DAYS, DAYS - 1)
    ids = people.ids[repeated] * 4096 + nth
    return {
        "person": repeated,
        "country": people.country[repeated],
        "store": np.full(len(ids), -1, dtype=np.int64),
        "at": period.instant(day, 4 * 3600 + draws.below("subscription second", ids, 3600)),
        "account": np.zeros(len(ids), dtype=np.int64),
        "card": np.full(len(ids), -1, dtype=np.int64),
        "subscription": nth,
    }


def _anonymous(draws: Draws, people: People, period: Period) -> dict[str, Ints]:
    count = int(len(people) * ANONYMOUS_PER_PERSON)
    ids = people.ids[0] * 4096 + np.arange(count, dtype=np.int64)
    store = draws.choice("anonymous store", ids, [store.weight for store in STORES])
    day = period.day_at(draws.below("anonymous day", ids, int(period.cumulative[-1])))
    day = _open_day(period, store, day)
    at = period.instant(day, _seconds(draws, store, ids))
    at_night = np.arange(count) % SALES_PER_NIGHT_SALE == SALES_PER_NIGHT_SALE // 2
    store = np.where(at_night, AIRPORT, store)
    none = np.full(count, -1, dtype=np.int64)
    return {
        "person": none,
        "country": np.array([store.country for store in STORES])[store],
        "store": store,
        "at": np.where(at_night, _twice(draws, period, ids), at),
        "account": none,
        "card": none,
        "subscription": none,
    }


def _twice(draws: Draws, period: Period, ids: Ints) -> Ints:
    """Return instants in the hour that the clock shows twice, in its first or its second passing."""
    midnights = period.instant(np.arange(DAYS + 1), np.zeros(DAYS + 1, dtype=np.int64))
    nights = np.flatnonzero(np.diff(midnights) > DAY)
    night = nights[draws.below("night", ids, len(nights))]
    second = period.instant(night, 3 * 3600 + draws.below("night second", ids, 3600))
    return np.asarray(second - 3600 * draws.below("passing", ids, 2))
