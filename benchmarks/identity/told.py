"""What better weights could reach: pairs scored by how often such pairs are one person in truth.

Pairs that give the same answers, to which the model also gives about the same odds (so that their names and places are
about as common), are of one class. In place of the model's weights, a pair is scored by the share of the *other* pairs
of its class that are one person; what it is itself does not count. The clustering is the night's own. What is still
missed or wrong then is not for want of better weights: the records say no more.

Belongs here: these scores. Does not belong here: finding people with them (`step`), and measuring.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from orchestration.identity.cluster import Pairs
from orchestration.identity.mixture import PERSON, Model
from orchestration.identity.scoring import FLOOR, score_pairs

Floats = NDArray[np.float64]
# Added to the odds of every pair, so that none is too unlikely to be given.
EVERYTHING: Final = 200.0
# The model's own share weighs as much as so many pairs: a class of one pair is scored as the model would.
PRIOR_PAIRS: Final = 2.0
# No share is surer than this.
SUREST: Final = 1e-6
TRUTH: Final = """
select hash(truth) from candidate_record
inner join {records} using (customer_record_key)
order by customer_record_key
"""


def score_by_truth(records: str, scratch: duckdb.DuckDBPyConnection, model: Model, margin: float) -> Pairs:
    """Return the pairs as `scoring.score_pairs` does, with odds that are told by the truth.

    Args:
        records: the table with the truth of every record.
        scratch: holds `candidate_record` and `pair_pattern`.
        model: what classes are made by, and what is known of a pair that is alone in its class.
        margin: what is taken from the log odds of one person.
    """
    pairs = score_pairs(scratch, model, -EVERYTHING)
    truth = next(iter(scratch.execute(TRUTH.format(records=records)).fetchnumpy().values()))
    odds = pairs.odds - EVERYTHING
    likelihoods = pairs.likelihoods.copy()
    told = told_odds(classes_of(pairs, odds), odds, truth[pairs.left] == truth[pairs.right]) - margin
    likelihoods[:, PERSON] += told - pairs.odds
    kept = np.flatnonzero(told > FLOOR)
    unsure = None if pairs.unsure is None else pairs.unsure[kept]
    return replace(
        pairs, left=pairs.left[kept], right=pairs.right[kept], likelihoods=likelihoods[kept], odds=told[kept],
        levels=pairs.levels[kept], doubted=pairs.doubted[kept], unsure=unsure,
    )  # fmt: skip


def classes_of(pairs: Pairs, odds: Floats) -> NDArray[np.int64]:
    """Return the number of each pair's class: its answers, and its odds in whole doublings."""
    keys = np.column_stack([pairs.levels, np.round(odds / np.log(2))]).astype(np.int64)
    numbers: NDArray[np.int64] = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return numbers


def told_odds(classes: NDArray[np.int64], odds: Floats, are_one: NDArray[np.bool_]) -> Floats:
    """Return the log odds of each pair by the truth of the other pairs of its class.

    Args:
        classes: the class of each pair, counted from 0.
        odds: the model's log odds.
        are_one: whether each pair is one person.
    """
    others = np.bincount(classes)[classes] - 1
    others_are_one = np.bincount(classes, are_one)[classes] - are_one
    expected = PRIOR_PAIRS / (1 + np.exp(-np.clip(odds, -EVERYTHING, EVERYTHING)))
    share = np.clip((others_are_one + expected) / (others + PRIOR_PAIRS), SUREST, 1 - SUREST)
    told: Floats = np.log(share / (1 - share))
    return told
