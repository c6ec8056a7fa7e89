"""How much the answers of the comparisons say: a mixture of six kinds of pairs, fitted without labels.

Two records that share a name, an address or a number are of one `person`, of two people of one `household`, of
`neighbours`, of `namesakes`, or of two strangers who were born on one day and share one more thing by chance: a given
name (`contemporaries`) or a family name (`same_day_family`). The usual model of record linkage (Fellegi and Sunter
1969) knows one kind of two people only, strangers drawn at random, and takes a family under one roof for one person,
since everything that they share is rare among strangers. Each kind has its own share of the pairs and its own
probabilities of each answer; within a kind the answers are independent. What is unknown is no evidence. The parameters
are the most likely ones for the pairs at hand (expectation maximisation: Dempster, Laird and Rubin 1977; for record
linkage Winkler 1988), with the initial ones as a weak prior.

Belongs here: fitting and applying the model, as pure functions over arrays. Does not belong here: files, databases and
what is done with the probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from orchestration.identity.comparisons import COMPARISONS

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# Answers, which are few, of pairs, which are many.
Levels = NDArray[np.int8]

KINDS: Final = ("person", "household", "neighbours", "namesakes", "contemporaries", "same_day_family")
PERSON, HOUSEHOLD, NEIGHBOURS, NAMESAKES, *CONTEMPORARIES = range(6)
ITERATIONS: Final = 200
CONVERGED: Final = 1e-6
# What is known beforehand weighs as much as so many pairs of each kind, so that a kind that hardly occurs stays what it
# is: where no two people share a home, "households" would be the records of one person with the worst errors.
PRIOR_PAIRS: Final = 50.0
# And its share as much as so many (Laplace's rule of succession).
SHARE_PAIRS: Final = 1.0
DIGITS: Final = 6

# Where the fitting begins: per comparison and kind the probability of each answer, in the order of its levels. Rough
# values that tell the kinds apart; the data set the rest.
INITIAL: Final[Mapping[str, tuple[tuple[float, ...], ...]]] = {
    "given_name": (
        (0.88, 0.02, 0.06, 0.005, 0.03, 0.005),
        (0.03, 0.001, 0.01, 0.003, 0.006, 0.95),
        (0.03, 0.001, 0.01, 0.003, 0.006, 0.95),
        (0.85, 0.02, 0.10, 0.01, 0.01, 0.01),
    ),
    "family_name": (
        (0.90, 0.08, 0.002, 0.001, 0.017),
        (0.85, 0.06, 0.002, 0.001, 0.087),
        (0.002, 0.01, 0.002, 0.003, 0.983),
        (0.80, 0.15, 0.01, 0.01, 0.03),
    ),
    "email": (
        (0.83, 0.005, 0.055, 0.11),
        (0.15, 0.005, 0.015, 0.83),
        (0.001, 0.001, 0.001, 0.997),
        (0.001, 0.005, 0.004, 0.99),
    ),
    "phone": ((0.90, 0.02, 0.08), (0.25, 0.005, 0.745), (0.001, 0.001, 0.998), (0.001, 0.001, 0.998)),
    "card": ((0.60, 0.01, 0.39), (0.002, 0.003, 0.995), (0.0005, 0.001, 0.9985), (0.0005, 0.001, 0.9985)),
    "birth": (
        (0.60, 0.015, 0.38, 0.005),
        (0.002, 0.004, 0.02, 0.974),
        (0.0005, 0.002, 0.02, 0.9775),
        (0.0005, 0.002, 0.02, 0.9775),
    ),
    "gender": ((0.995, 0.005), (0.5, 0.5), (0.5, 0.5), (0.95, 0.05)),
    "address": (
        (0.60, 0.07, 0.27, 0.02, 0.04),
        (0.60, 0.07, 0.27, 0.02, 0.04),
        (0.01, 0.01, 0.95, 0.02, 0.01),
        (0.001, 0.001, 0.01, 0.10, 0.888),
    ),
    "order": ((0.90, 0.10), (0.08, 0.92), (0.001, 0.999), (0.001, 0.999)),
}
# Strangers who were born on one day are compared for that and one more thing by chance: the given name of the first
# kind, the family name (or the street) of the second. They have nothing else in common, which needs no fitting; their
# share does, since it grows with the records, and faster.
BY_CHANCE: Final[Mapping[str, tuple[tuple[float, ...], ...]]] = {
    "given_name": ((0.90, 0.02, 0.05, 0.005, 0.005, 0.02), (0.02, 0.005, 0.01, 0.003, 0.006, 0.956)),
    "family_name": ((0.005, 0.02, 0.001, 0.003, 0.971), (0.50, 0.05, 0.002, 0.003, 0.445)),
    "email": 2 * ((0.001, 0.001, 0.001, 0.997),),
    "phone": 2 * ((0.001, 0.001, 0.998),),
    "card": 2 * ((0.0005, 0.001, 0.9985),),
    "birth": 2 * ((0.97, 0.01, 0.01, 0.01),),
    "gender": ((0.95, 0.05), (0.5, 0.5)),
    "address": 2 * ((0.001, 0.001, 0.01, 0.10, 0.888),),
    "order": 2 * ((0.001, 0.999),),
}
# What is known beforehand and keeps the kinds apart: two people never have one card, and one birth date only by chance
# or as twins. The probability of the first answer is not fitted for these.
ANCHORED: Final = ("card", "birth")
# Who shares an address, a number or an order is a household, so strangers hardly ever do: the first answer is at most
# as likely as it was beforehand. Fitted freely, a kind that has few pairs of its own takes those of one person who was
# written in two ways, and the more so the more records there are.
UNSHARED: Final = ("email", "phone", "order")
STRANGERS: Final = [NEIGHBOURS, NAMESAKES]
INITIAL_SHARES: Final = (0.40, 0.33, 0.10, 0.15, 0.01, 0.01)


@dataclass(frozen=True)
class Model:
    """A fitted mixture.

    Attributes:
        shares: the share of each kind among the pairs that were compared.
        answers: per comparison an array (levels, kinds) of the probability of each answer, strongest agreement first.
        namesake_doublings: how many records, in doublings, bear the name of an average pair of namesakes by chance. A
            pair with a rarer name is less likely one of namesakes, whatever the number of records.
        area_doublings: how many customers, in doublings, the postcode of an average pair of neighbours has.
        training: what the model was fitted to, for its report.
    """

    shares: tuple[float, ...]
    answers: Mapping[str, Floats]
    namesake_doublings: float
    area_doublings: float
    training: Mapping[str, Any] = field(default_factory=dict)

    def evidence(self, comparison: str, level: int) -> Floats:
        """Return the logarithms of the probability of an answer for each kind."""
        logarithms: Floats = np.log(self.answers[comparison][level])
        return logarithms


def unpack(patterns: Whole) -> Levels:
    """Return the level of each comparison, one column each; -1 where it is unknown.

    Splink counts its levels from the last (0) up and writes -1 for unknown; here the first level is 0.
    """
    columns, rest = [], patterns.copy()
    for comparison in COMPARISONS:
        radix = len(comparison.levels) + 1
        digit = rest % radix
        columns.append(np.where(digit == 0, -1, len(comparison.levels) - digit).astype(np.int8))
        rest //= radix
    return np.stack(columns, axis=1) if columns else np.empty((len(patterns), 0), np.int8)


def log_likelihoods(model: Model, levels: Levels) -> Floats:
    """Return log(share x probability of the answers), one row per pattern and one column per kind."""
    likelihoods = np.tile(np.log(np.asarray(model.shares)), (len(levels), 1))
    for number, comparison in enumerate(COMPARISONS):
        column = levels[:, number]
        known = column >= 0
        likelihoods[known] += np.log(model.answers[comparison.name])[column[known]]
    return likelihoods


def log_odds(likelihoods: Floats) -> Floats:
    """Return ln(P(person) / P(any other kind)) of rows of log likelihoods."""
    others = likelihoods[:, 1:]
    highest = others.max(axis=1)
    odds: Floats = likelihoods[:, PERSON] - highest - np.log(np.exp(others - highest[:, None]).sum(axis=1))
    return odds


def responsibilities(likelihoods: Floats) -> Floats:
    """Return the probability of each kind, one row per row of log likelihoods."""
    shifted = np.exp(likelihoods - likelihoods.max(axis=1, keepdims=True))
    probabilities: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


def initial_model() -> Model:
    """Return the model that fitting starts from."""
    answers = {name: _normalised(np.asarray(kinds + BY_CHANCE[name]).T) for name, kinds in INITIAL.items()}
    return Model(INITIAL_SHARES, answers, 0.0, 0.0)


def fit(patterns: Whole, counts: Floats, start: Model | None = None) -> Model:
    """Fit the mixture to the patterns of compared pairs.

    Args:
        patterns: the distinct patterns.
        counts: how many pairs have each.
        start: where to begin, and what weighs as much as PRIOR_PAIRS pairs of each kind; the initial model, when left
            out.

    Returns:
        The model, its numbers rounded to DIGITS digits so that the order of additions leaves no trace. Its doublings
        are those of `start`; `fit_doublings` sets them.
    """
    start = start or initial_model()
    levels, model, before, iterations = unpack(patterns), start, -np.inf, 0
    while iterations < ITERATIONS:
        iterations += 1
        likelihoods = log_likelihoods(model, levels)
        highest = likelihoods.max(axis=1)
        total = float((counts * (highest + np.log(np.exp(likelihoods - highest[:, None]).sum(axis=1)))).sum())
        weights = responsibilities(likelihoods) * counts[:, None]
        model = _maximise(levels, weights, start)
        if abs(total - before) <= CONVERGED * abs(total):
            break
        before = total
    training = {"pairs": float(counts.sum()), "patterns": len(patterns), "iterations": iterations}
    shares = tuple(round(float(share), DIGITS) for share in model.shares)
    answers = {name: _normalised(np.round(table, DIGITS)) for name, table in model.answers.items()}
    return Model(shares, answers, start.namesake_doublings, start.area_doublings, training)


def mean_doublings(doublings: Floats, weights: Floats) -> float:
    """Return the doublings of the weighted mean count (not the mean of the doublings)."""
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    return round(float(np.log2((np.exp2(doublings) * weights).sum() / total)), DIGITS)


def _maximise(levels: Levels, weights: Floats, prior: Model) -> Model:
    answers = {}
    for number, comparison in enumerate(COMPARISONS):
        column = levels[:, number]
        table = PRIOR_PAIRS * prior.answers[comparison.name]
        for level in range(len(comparison.levels)):
            table[level] = table[level] + weights[column == level].sum(axis=0)
        fitted = _normalised(table)
        if comparison.name in ANCHORED:
            _hold(fitted, range(1, len(KINDS)), prior.answers[comparison.name][0, 1:])
        if comparison.name in UNSHARED:
            _hold(fitted, STRANGERS, np.minimum(fitted[0, STRANGERS], prior.answers[comparison.name][0, STRANGERS]))
        fitted[:, CONTEMPORARIES] = prior.answers[comparison.name][:, CONTEMPORARIES]
        answers[comparison.name] = fitted
    shares = weights.sum(axis=0) + SHARE_PAIRS
    return Model(tuple(shares / shares.sum()), answers, prior.namesake_doublings, prior.area_doublings)


def _hold(table: Floats, kinds: Sequence[int], first: Floats) -> None:
    """Set the probability of the first answer of some kinds, and leave the others in proportion."""
    at = list(kinds)
    table[1:, at] *= (1 - first) / table[1:, at].sum(axis=0)
    table[0, at] = first


def _normalised(table: Floats) -> Floats:
    kept = np.maximum(table, 10.0**-DIGITS)
    normalised: Floats = kept / kept.sum(axis=0, keepdims=True)
    return normalised
