"""What two clusters know of each other that the pair of records which would merge them does not say.

A checkout without a phone number and a card with one agree on the name: whether the number on the card is one that the
checkout's customer has used elsewhere is told by the clusters.

Belongs here: looking up withheld answers, and their weight. Does not belong here: facts that forbid a merge outright.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Final

from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.facts import Facts, one_birth
from orchestration.identity.mixture import Model

Likelihoods = Sequence[float]
_COLUMNS: Final = {comparison.name: number for number, comparison in enumerate(COMPARISONS)}
_SAME: Final = 0
_MISSPELT_DATE: Final = 1


def odds_of(likelihoods: Likelihoods) -> float:
    """Return ln(P(person) / P(any other kind)) of one row of log likelihoods."""
    person, *others = likelihoods
    highest = max(others)
    return person - highest - math.log(sum(math.exp(other - highest) for other in others))


class Withheld:
    """Adds to a pair's likelihoods what the clusters know and the pair does not say.

    An answer that is unknown to the pair is taken from the clusters. A different e-mail address, phone number or card
    is no longer different when the clusters share one.
    """

    def __init__(self, model: Model) -> None:
        self._answers = {
            comparison.name: [tuple(model.evidence(comparison.name, level)) for level in range(len(comparison.levels))]
            for comparison in COMPARISONS
        }
        # Per comparison: what the clusters know, and whether a different answer of the pair may become the same.
        self._looked_up: tuple[tuple[str, Callable[[Facts], frozenset[str]], bool], ...] = (
            ("email", lambda facts: facts.emails, True),
            ("phone", lambda facts: facts.phones, True),
            ("card", lambda facts: facts.cards, True),
            ("birth", _dates, False),
            ("gender", lambda facts: frozenset(itertools.chain.from_iterable(facts.genders)), False),
        )

    def add(self, likelihoods: Likelihoods, levels: Sequence[int], a: Facts, b: Facts) -> Likelihoods:
        """Return the likelihoods of the merge of two clusters.

        Args:
            likelihoods: of the pair, one per kind.
            levels: the pair's answers, -1 where unknown.
            a: what one cluster knows.
            b: what the other knows.
        """
        for name, known, may_become_same in self._looked_up:
            answer = levels[_COLUMNS[name]]
            last = len(self._answers[name]) - 1
            if answer >= 0 and not (may_become_same and answer == last):
                continue
            here, there = known(a), known(b)
            if not here or not there:
                continue
            shared = not here.isdisjoint(there)
            if answer < 0:
                level = _SAME if shared else _unlike(name, last, here, there)
                likelihoods = [x + y for x, y in zip(likelihoods, self._answers[name][level], strict=True)]
            elif shared:
                better, worse = self._answers[name][_SAME], self._answers[name][last]
                likelihoods = [x + y - z for x, y, z in zip(likelihoods, better, worse, strict=True)]
        return likelihoods


def _dates(facts: Facts) -> frozenset[str]:
    return frozenset(birth.date for unit in facts.births for birth in unit if birth.date is not None)


def _unlike(name: str, last: int, here: frozenset[str], there: frozenset[str]) -> int:
    if name == "birth" and any(one_birth(x, y) for x, y in itertools.product(here, there)):
        return _MISSPELT_DATE
    return last
