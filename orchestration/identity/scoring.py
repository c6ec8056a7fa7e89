"""From customer records to scored pairs: which pairs there are, and how likely each is one person.

Belongs here: the scratch database, keeping what was compared before, and applying the model. Does not belong here: the
model itself (`mixture`), running Splink (`candidates`) and clustering.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from orchestration.identity import candidates
from orchestration.identity.cluster import DOUBTS, Pairs
from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.facts import BIRTH_DATE, GENDER, GIVEN_NAME, LIVING_CARDS, VETOES
from orchestration.identity.mixture import (
    NAMESAKES,
    NEIGHBOURS,
    PERSON,
    Floats,
    Model,
    Whole,
    fit,
    log_likelihoods,
    log_odds,
    mean_doublings,
    responsibilities,
    unpack,
)

Flags = NDArray[np.bool_]
COMPARED: Final = "personal.int_customer_record__compare"
COLUMN: Final = {comparison.name: number for number, comparison in enumerate(COMPARISONS)}
LEVEL: Final = {
    comparison.name: {level.label: number for number, level in enumerate(comparison.levels)}
    for comparison in COMPARISONS
}
# A fact in which more of the pairs of one person than this differ is no ground to forbid a merge; it is evidence then.
UNSTABLE: Final = 0.025
_FACTS: Final = {BIRTH_DATE: "birth", GENDER: "gender", GIVEN_NAME: "given_name"}
# Less likely pairs are forgotten: no other record could make them one person.
FLOOR: Final = float(np.log(0.02 / 0.98))

POSITIONS: Final = """
create or replace temp table positioned as
select *, row_number() over (order by customer_record_key) - 1 as position from candidate_record
"""
# A pair of candidates stands for the pairs of all records that they are copied from.
PATTERN_COUNTS: Final = f"""
select pattern, sum(pairs)::double as pairs
from (
    select pairs.pattern, sum(a.copies * b.copies) as pairs
    from pair_pattern as pairs
    inner join candidate_record as a on pairs.record_key_a = a.customer_record_key
    inner join candidate_record as b on pairs.record_key_b = b.customer_record_key
    group by pairs.pattern
    union all
    select {candidates.self_pattern_expression()} as pattern, sum(copies * (copies - 1) / 2) as pairs
    from candidate_record where copies > 1 group by 1
)
group by pattern
order by pattern
"""
# How many records bear a name by chance: the share of those with its given name, times those with its family name.
PAIRS: Final = """
select
    a.position as left_position,
    b.position as right_position,
    pairs.pattern,
    (a.given_doublings + b.given_doublings + a.family_doublings + b.family_doublings) / 2
        - (select log2(count(*)) from positioned) as name_doublings,
    (a.area_doublings + b.area_doublings) / 2 as area_doublings,
    a.is_living_card and b.is_living_card as are_living_cards
from pair_pattern as pairs
inner join positioned as a on pairs.record_key_a = a.customer_record_key
inner join positioned as b on pairs.record_key_b = b.customer_record_key
order by left_position, right_position
"""


class _Answers(NamedTuple):
    """The pairs of candidates as they were compared, one row each."""

    left: Whole
    right: Whole
    levels: Whole
    name_doublings: Floats
    area_doublings: Floats
    are_living_cards: Flags
    are_namesakes: Flags
    are_neighbours: Flags


def caution(threshold: float) -> float:
    """Return how much likelier than anything else one person has to be, as the logarithm of the odds of a score."""
    return float(np.log(threshold / (1 - threshold)))


def stable_facts(model: Model) -> frozenset[str]:
    """Return which facts (of VETOES) hardly ever differ between two records of one person, by a fitted model.

    Records whose dates or names are often wrong (FEBRL puts another one into one of twelve) would lose people to a rule
    that forbids their merge.
    """
    differing = {
        fact: model.answers[comparison][LEVEL[comparison]["different"], PERSON] for fact, comparison in _FACTS.items()
    }
    return frozenset(VETOES) - {fact for fact, share in differing.items() if share > UNSTABLE}


def score_pairs(scratch: duckdb.DuckDBPyConnection, model: Model, margin: float) -> Pairs:
    """Return every pair that may be one person, by the positions of its candidates in the order of their keys.

    Args:
        scratch: holds `candidate_record` and `pair_pattern`.
        model: what the answers weigh.
        margin: what is taken from the log odds of one person (see `caution`): a false merge is worse than a missed one.
    """
    answers = _read_answers(scratch)
    likelihoods = log_likelihoods(model, answers.levels)
    commoner = answers.name_doublings - model.namesake_doublings
    likelihoods[:, NAMESAKES] += np.log(2) * np.where(answers.are_namesakes, commoner, 0)
    denser = answers.area_doublings - model.area_doublings
    likelihoods[:, NEIGHBOURS] += np.log(2) * np.where(answers.are_neighbours, denser, 0)
    likelihoods[:, PERSON] -= margin
    odds = log_odds(likelihoods)
    kept = odds > FLOOR
    return Pairs(
        answers.left[kept],
        answers.right[kept],
        likelihoods[kept],
        answers.levels[kept],
        odds[kept],
        _doubts(answers)[kept],
        _unsure(answers)[kept],
    )


def fit_model(scratch: duckdb.DuckDBPyConnection, start: Model | None = None) -> Model:
    """Return the model that fits the pairs in the scratch database best."""
    counts = scratch.execute(PATTERN_COUNTS).fetchnumpy()
    model = fit(counts["pattern"].astype(np.int64), counts["pairs"], start)
    answers = _read_answers(scratch)
    kinds = responsibilities(log_likelihoods(model, answers.levels))
    named, near = answers.are_namesakes, answers.are_neighbours
    return replace(
        model,
        namesake_doublings=mean_doublings(answers.name_doublings[named], kinds[named, NAMESAKES]),
        area_doublings=mean_doublings(answers.area_doublings[near], kinds[near, NEIGHBOURS]),
    )


def _read_answers(scratch: duckdb.DuckDBPyConnection) -> _Answers:
    scratch.execute(POSITIONS)
    columns = scratch.execute(PAIRS).fetchnumpy()
    scratch.execute("drop table positioned")
    levels = unpack(columns["pattern"].astype(np.int64))
    given, family, address = (levels[:, COLUMN[name]] for name in ("given_name", "family_name", "address"))
    return _Answers(
        columns["left_position"].astype(np.int64),
        columns["right_position"].astype(np.int64),
        levels,
        columns["name_doublings"].astype(np.float64),
        columns["area_doublings"].astype(np.float64),
        columns["are_living_cards"].astype(np.bool_),
        _up_to(given, "given_name", "misspelt") & _up_to(family, "family_name", "misspelt"),
        _up_to(address, "address", "postcode"),
    )


def _up_to(column: Whole, comparison: str, label: str) -> Flags:
    flags: Flags = (column >= 0) & (column <= LEVEL[comparison][label])
    return flags


def _doubts(answers: _Answers) -> Whole:
    """Return what the two records of each pair seem to contradict each other in; the first of DOUBTS, if several."""

    def differs(comparison: str) -> Flags:
        flags: Flags = answers.levels[:, COLUMN[comparison]] == LEVEL[comparison]["different"]
        return flags

    doubts = {
        BIRTH_DATE: differs("birth"),
        GENDER: differs("gender"),
        GIVEN_NAME: differs("given_name"),
        LIVING_CARDS: answers.are_living_cards & differs("card") & differs("family_name"),
    }
    return np.select([doubts[name] for name in DOUBTS], list(range(len(DOUBTS))), default=-1).astype(np.int64)


def _unsure(answers: _Answers) -> Flags:
    """Return for which pairs names have to be read to tell whether they contradict each other.

    Equal names, nicknames and initials never do, nor do dates that a comparison takes for one.
    """
    given, card = answers.levels[:, COLUMN["given_name"]], answers.levels[:, COLUMN["card"]]
    of_given = [LEVEL["given_name"][label] for label in ("misspelt", "short form")]
    other_card = answers.are_living_cards & (card != LEVEL["card"]["same"])
    flags: Flags = np.isin(given, of_given) | other_card
    return flags
