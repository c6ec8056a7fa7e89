"""What single records say, as the facts that clusters are made of.

Belongs here: turning columns into facts. Does not belong here: what facts contradict each other (`facts`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa

from orchestration.identity.facts import Birth, Card, Facts
from orchestration.identity.names import Name

FACTS: Final = (
    "birth_digits", "birth_year", "gender", "given_word", "given_words", "family_word",
    "is_name_from_email", "email", "phone", "card_number", "is_living_card",
)  # fmt: skip


def facts_of(records: pa.Table) -> list[Facts]:
    """Return what each record says; `records` has the columns FACTS."""
    found = []
    # Most names, dates and genders are many records': to make them once is several times as quick.
    unit: Callable[[Hashable], Any] = lru_cache(maxsize=None)(lambda fact: frozenset((frozenset((fact,)),)))
    named = lru_cache(maxsize=None)(_name)
    nothing: frozenset[Any] = frozenset()
    for born, year, gender, given, words, family, guessed, email, phone, card, living in zip(
        *(records[name].to_pylist() for name in FACTS), strict=True
    ):
        found.append(
            Facts(
                nothing if born is None and year is None else unit(Birth(born, year)),
                nothing if gender is None else unit(gender),
                nothing if given is None or guessed else unit(named(given, words, family)),
                nothing if email is None else frozenset((email,)),
                nothing if phone is None else frozenset((phone,)),
                nothing if card is None else frozenset((card,)),
                unit(Card(card, named(given, words, family))) if living and card else nothing,
            )
        )
    return found


def _name(given: str | None, words: str | None, family: str | None) -> Name:
    return Name(given, frozenset((words or "").split()), family)
