"""What is known of a cluster of customer records, and which of it forbids that two clusters are one person.

Belongs here: facts and their contradictions, as pure functions. Does not belong here: the order in which clusters are
merged.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from operator import eq
from typing import Final, NamedTuple, TypeVar

from rapidfuzz.distance import OSA

from orchestration.identity.names import Name, families_agree, names_agree

BIRTH_DATE: Final = "birth_date"
GENDER: Final = "gender"
GIVEN_NAME: Final = "given_name"
LIVING_CARDS: Final = "living_cards"
_T = TypeVar("_T")

VETOES: Final = (BIRTH_DATE, GENDER, GIVEN_NAME, LIVING_CARDS)


class Card(NamedTuple):
    """A loyalty card that is in use, with the name that it is registered to."""

    number: str
    name: Name


class Birth(NamedTuple):
    """When a person was born: the date as eight digits, if it is known, and the year."""

    date: str | None
    year: int | None


class Facts(NamedTuple):
    """What the records of a cluster say.

    Records that a person has linked are one unit, whose facts stand for each other (a name before and after a wedding):
    what agrees with one of them agrees with the unit. Any other record is a unit of its own, and two clusters agree
    when every unit of one agrees with every unit of the other: no chain of misspellings leads from one date to another.

    Attributes:
        births: per unit, when its records say that the person was born.
        genders: per unit, F or M.
        names: per unit, the names that its records give; one that was read from an e-mail address is none.
        emails: e-mail addresses.
        phones: phone numbers.
        cards: loyalty card numbers.
        living: per unit, its cards that are in use.
    """

    births: frozenset[frozenset[Birth]] = frozenset()
    genders: frozenset[frozenset[str]] = frozenset()
    names: frozenset[frozenset[Name]] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()
    living: frozenset[frozenset[Card]] = frozenset()


def unite(a: Facts, b: Facts) -> Facts:
    """Return what the records of both clusters say."""
    return Facts(
        a.births if a.births == b.births else a.births | b.births,
        a.genders if a.genders == b.genders else a.genders | b.genders,
        a.names if a.names == b.names else a.names | b.names,
        a.emails | b.emails,
        a.phones | b.phones,
        a.cards | b.cards,
        a.living | b.living,
    )


def as_one_unit(facts: Facts) -> Facts:
    """Return the facts of records that a person has linked."""
    return facts._replace(
        births=_as_one(facts.births),
        genders=_as_one(facts.genders),
        names=_as_one(facts.names),
        living=_as_one(facts.living),
    )


def _as_one(units: frozenset[frozenset[_T]]) -> frozenset[frozenset[_T]]:
    return frozenset((frozenset(itertools.chain.from_iterable(units)),)) if units else units


def contradiction(a: Facts, b: Facts, vetoes: frozenset[str] = frozenset(VETOES)) -> str | None:
    """Return the fact that says that two clusters are not one person, or None.

    Args:
        a: one cluster.
        b: the other.
        vetoes: which facts may forbid a merge (of VETOES).
    """
    if BIRTH_DATE in vetoes and a.births != b.births:
        agree = _births_agree if _share_identifier(a, b) else _births_are_equal
        if not _all_agree(a.births, b.births, agree):
            return BIRTH_DATE
    if GENDER in vetoes and a.genders != b.genders and not _all_agree(a.genders, b.genders, eq):
        return GENDER
    if GIVEN_NAME in vetoes and a.names != b.names and not _all_agree(a.names, b.names, names_agree):
        return GIVEN_NAME
    if LIVING_CARDS in vetoes and not _all_agree(a.living, b.living, _cards_agree):
        return LIVING_CARDS
    return None


def one_birth(a: str, b: str) -> bool:
    """Return True when two birth dates may be one: equal, one edit apart, or day and month swapped."""
    return _equal_or_swapped(a, b) or OSA.distance(a, b, score_cutoff=1) <= 1


def _equal_or_swapped(a: str, b: str) -> bool:
    return a == b or (a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6])


def _share_identifier(a: Facts, b: Facts) -> bool:
    """Return True when something that is given to few people says that a date may have been mistyped.

    Without it, two dates one edit apart are two namesakes' as well: there are dozens of such dates for every date.
    """
    return not (a.cards.isdisjoint(b.cards) and a.emails.isdisjoint(b.emails) and a.phones.isdisjoint(b.phones))


def _births_agree(a: Birth, b: Birth, dates_agree: Callable[[str, str], bool] = one_birth) -> bool:
    if a.date is not None and b.date is not None:
        return dates_agree(a.date, b.date)
    return a.year is None or b.year is None or a.year == b.year


def _births_are_equal(a: Birth, b: Birth) -> bool:
    return _births_agree(a, b, _equal_or_swapped)


def _all_agree(a: frozenset[frozenset[_T]], b: frozenset[frozenset[_T]], agree: Callable[[_T, _T], bool]) -> bool:
    return all(any(agree(x, y) for x, y in itertools.product(one, other)) for one, other in itertools.product(a, b))


def _cards_agree(a: Card, b: Card) -> bool:
    return a.number == b.number or (names_agree(a.name, b.name) and families_agree(a.name, b.name))
