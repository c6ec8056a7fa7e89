"""From customer records to scored pairs: which pairs there are, and how likely each is one person.

Belongs here: the scratch database, keeping what was compared before, and applying the model. Does not belong here: the
model itself (`mixture`), running Splink (`candidates`) and clustering.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.identity import candidates
from orchestration.identity.cluster import DOUBTS, Pairs
from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.facts import BIRTH_DATE, GENDER, GIVEN_NAME, LIVING_CARDS, VETOES
from orchestration.identity.mixture import (
    DIGITS,
    HOUSEHOLD,
    KINDS,
    NAMESAKES,
    NEIGHBOURS,
    PERSON,
    Floats,
    Levels,
    Model,
    Whole,
    fit,
    log_likelihoods,
    log_odds,
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
# Names are written in more ways than dates are. Measured: records of shops .007 (dates) and .015 (names), FEBRL
# from .037 and from .12.
UNSTABLE: Final = {BIRTH_DATE: ("birth", 0.02), GENDER: ("gender", 0.02), GIVEN_NAME: ("given_name", 0.05)}
# Less likely pairs are forgotten: no other record could make them one person.
FLOOR: Final = float(np.log(0.02 / 0.98))

# A pair of candidates stands for the pairs of all records that they are copied from.
PATTERN_COUNTS: Final = f"""
select pattern, sum(pairs)::double as pairs
from (
    select pairs.pattern, sum(a.copies * b.copies) as pairs
    from pair_pattern as pairs
    inner join candidate_record as a on pairs.left_position = a.position
    inner join candidate_record as b on pairs.right_position = b.position
    group by pairs.pattern
    union all
    select {candidates.self_pattern_expression()} as pattern, sum(copies * (copies - 1) / 2) as pairs
    from candidate_record where copies > 1 group by 1
)
group by pattern
order by pattern
"""
# How many records of a country bear a name by chance: the share of those with its given name, times those with its
# family name.
CHANCES: Final = """
(
    a.given_doublings + a.family_doublings - a.population_doublings
    + b.given_doublings + b.family_doublings - b.population_doublings
) / 2 as name_doublings,
(a.area_doublings + b.area_doublings) / 2 as area_doublings
"""
# `judged` holds, per pattern, the log likelihoods of each kind before the chances of the pair.
PAIRS: Final = f"""
with promising as (
    select pairs.*, judged.* exclude (pattern)
    from pair_pattern as pairs
    inner join judged on pairs.pattern = judged.pattern
    where judged.is_promising
),
weighed as (
    select
        promising.*,
        {CHANCES},
        a.is_living_card and b.is_living_card as are_living_cards
    from promising
    inner join candidate_record as a on promising.left_position = a.position
    inner join candidate_record as b on promising.right_position = b.position
)
select left_position, right_position, pattern, name_doublings, area_doublings, are_living_cards
from weighed
where
    person - ln(
        exp(household) + exp(contemporaries) + exp(same_day_family)
        + exp(neighbours + case when are_neighbours then (area_doublings - $area) * ln(2) else 0 end)
        + exp(namesakes + case when are_namesakes then (name_doublings - $namesakes) * ln(2) else 0 end)
    ) > $floor
order by left_position, right_position
"""
# Sums of whole numbers do not depend on the order of adding.
DOUBLINGS: Final = f"""
select
    {{names}}
from (
    select judged.*, {CHANCES}
    from pair_pattern as pairs
    inner join judged on pairs.pattern = judged.pattern
    inner join candidate_record as a on pairs.left_position = a.position
    inner join candidate_record as b on pairs.right_position = b.position
    where judged.are_namesakes or judged.are_neighbours
)
"""
MEAN: Final = (
    "coalesce(log2(sum(round({weight} * power(2, {doublings}) * 1e6)::hugeint) filter ({of})"
    " / nullif(sum(round({weight} * 1e6)::hugeint) filter ({of}), 0)), 0)"
)
# Between what DuckDB and what numpy find a logarithm to be.
SLACK: Final = 1e-6


class _Answers(NamedTuple):
    """The pairs of candidates as they were compared, one row each."""

    left: Whole
    right: Whole
    levels: Levels
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
    return frozenset(VETOES) - {
        fact
        for fact, (comparison, limit) in UNSTABLE.items()
        if model.answers[comparison][LEVEL[comparison]["different"], PERSON] > limit
    }


def score_pairs(scratch: duckdb.DuckDBPyConnection, model: Model, margin: float) -> Pairs:
    """Return every pair that may be one person, by the positions of its candidates in the order of their keys.

    Args:
        scratch: holds `candidate_record` and `pair_pattern`.
        model: what the answers weigh.
        margin: what is taken from the log odds of one person (see `caution`): a false merge is worse than a missed one.
    """
    answers = _read_answers(scratch, model, margin)
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
    patterns = counts["pattern"].astype(np.int64)
    model = fit(patterns, counts["pairs"], start)
    levels = unpack(patterns)
    kinds = responsibilities(log_likelihoods(model, levels))
    judged = {"pattern": patterns, "namesakes": kinds[:, NAMESAKES], "neighbours": kinds[:, NEIGHBOURS]}
    scratch.register("judged", pa.table(judged | _alike(levels)))
    names = MEAN.format(weight="namesakes", doublings="name_doublings", of="where are_namesakes")
    area = MEAN.format(weight="neighbours", doublings="area_doublings", of="where are_neighbours")
    ((namesakes, neighbours),) = scratch.execute(DOUBLINGS.format(names=f"{names}, {area}")).fetchall()
    scratch.unregister("judged")
    return replace(
        model, namesake_doublings=round(float(namesakes), DIGITS), area_doublings=round(float(neighbours), DIGITS)
    )


def _alike(levels: Levels) -> dict[str, Flags]:
    given, family, address = (levels[:, COLUMN[name]] for name in ("given_name", "family_name", "address"))
    return {
        "are_namesakes": _up_to(given, "given_name", "misspelt") & _up_to(family, "family_name", "misspelt"),
        "are_neighbours": _up_to(address, "address", "postcode"),
    }


def _read_answers(scratch: duckdb.DuckDBPyConnection, model: Model, margin: float) -> _Answers:
    """Return the pairs that are likelier one person than FLOOR."""
    found = scratch.execute("select distinct pattern from pair_pattern order by pattern").fetchnumpy()
    patterns = found["pattern"].astype(np.int64)
    levels = unpack(patterns)
    likelihoods = log_likelihoods(model, levels)
    likelihoods[:, PERSON] -= margin
    of_kind = dict(zip(KINDS, likelihoods.T, strict=True))
    # A household is as likely as its answers, whatever the name and the place: most patterns leave no doubt.
    promising = likelihoods[:, PERSON] - likelihoods[:, HOUSEHOLD] > FLOOR - SLACK
    judged = pa.table({"pattern": patterns, **of_kind, **_alike(levels), "is_promising": promising})
    scratch.register("judged", judged)
    limits = {"floor": FLOOR - SLACK, "namesakes": model.namesake_doublings, "area": model.area_doublings}
    columns = scratch.execute(PAIRS, limits).fetchnumpy()
    scratch.unregister("judged")
    levels = unpack(columns["pattern"].astype(np.int64))
    alike = _alike(levels)
    return _Answers(
        columns["left_position"].astype(np.int64),
        columns["right_position"].astype(np.int64),
        levels,
        columns["name_doublings"].astype(np.float64),
        columns["area_doublings"].astype(np.float64),
        columns["are_living_cards"].astype(np.bool_),
        alike["are_namesakes"],
        alike["are_neighbours"],
    )


def _up_to(column: Levels, comparison: str, label: str) -> Flags:
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

    Equal names, nicknames and initials never do, nor do equal dates.
    """
    given, card = answers.levels[:, COLUMN["given_name"]], answers.levels[:, COLUMN["card"]]
    of_given = [LEVEL["given_name"][label] for label in ("misspelt", "short form")]
    other_card = answers.are_living_cards & (card != LEVEL["card"]["same"])
    other_date = answers.levels[:, COLUMN["birth"]] == LEVEL["birth"]["misspelt date"]
    flags: Flags = np.isin(given, of_given) | other_card | other_date
    return flags
