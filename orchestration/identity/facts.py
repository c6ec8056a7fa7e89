"""What is known of a cluster of customer records, and which of it forbids that two clusters are one person.

Belongs here: facts and their contradictions, as pure functions. Does not belong here: the order in which clusters are
merged.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
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


class Facts(NamedTuple):
    """What the records of a cluster say.

    Records that a person has linked are one unit, whose names and cards stand for each other (a name before and after a
    wedding): what agrees with one of them agrees with the unit. Any other record is a unit of its own.

    Attributes:
        births: birth dates as eight digits.
        years: years of birth.
        genders: F and M.
        names: per unit, the names that its records give; one that was read from an e-mail address is none.
        emails: e-mail addresses.
        phones: phone numbers.
        cards: loyalty card numbers.
        living: per unit, its cards that are in use.
    """

    births: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    genders: frozenset[str] = frozenset()
    names: frozenset[frozenset[Name]] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()
    living: frozenset[frozenset[Card]] = frozenset()


def unite(a: Facts, b: Facts) -> Facts:
    """Return what the records of both clusters say."""
    return Facts(
        a.births | b.births,
        a.years | b.years,
        a.genders | b.genders,
        a.names if a.names == b.names else a.names | b.names,
        a.emails | b.emails,
        a.phones | b.phones,
        a.cards | b.cards,
        a.living | b.living,
    )


def as_one_unit(facts: Facts) -> Facts:
    """Return the facts of records that a person has linked."""
    names = frozenset(itertools.chain.from_iterable(facts.names))
    living = frozenset(itertools.chain.from_iterable(facts.living))
    return facts._replace(
        names=frozenset((names,)) if names else frozenset(), living=frozenset((living,)) if living else frozenset()
    )


def contradiction(a: Facts, b: Facts, vetoes: frozenset[str] = frozenset(VETOES)) -> str | None:
    """Return the fact that says that two clusters are not one person, or None.

    Args:
        a: one cluster.
        b: the other.
        vetoes: which facts may forbid a merge (of VETOES).
    """
    if BIRTH_DATE in vetoes and _births_contradict(a, b):
        return BIRTH_DATE
    if GENDER in vetoes and a.genders and b.genders and a.genders.isdisjoint(b.genders):
        return GENDER
    if GIVEN_NAME in vetoes and a.names != b.names and not _all_agree(a.names, b.names, names_agree):
        return GIVEN_NAME
    if LIVING_CARDS in vetoes and not _all_agree(a.living, b.living, _cards_agree):
        return LIVING_CARDS
    return None


def one_birth(a: str, b: str) -> bool:
    """Return True when two birth dates may be one: equal, one edit apart, or day and month swapped."""
    return a == b or (a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]) or OSA.distance(a, b, score_cutoff=1) <= 1


def _births_contradict(a: Facts, b: Facts) -> bool:
    if a.births and b.births:
        return not any(one_birth(x, y) for x, y in itertools.product(a.births, b.births))
    return bool(a.years and b.years) and a.years.isdisjoint(b.years)


def _all_agree(a: frozenset[frozenset[_T]], b: frozenset[frozenset[_T]], agree: Callable[[_T, _T], bool]) -> bool:
    return all(any(agree(x, y) for x, y in itertools.product(one, other)) for one, other in itertools.product(a, b))


def _cards_agree(a: Card, b: Card) -> bool:
    return a.number == b.number or (names_agree(a.name, b.name) and families_agree(a.name, b.name))
