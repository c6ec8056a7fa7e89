"""What becomes of the records and pairs that were clustered, as the tables that the identity step writes.

Works by positions of candidates; texts come last, since millions of them are dear to join and to hold.

Belongs here: which rule and score a pair, a copy and a record are given. Does not belong here: deciding who is who
(`cluster`), and writing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.identity import candidates
from orchestration.identity.cluster import LINKED, UNLIKELY, Decided, Floats, Pairs, Whole
from orchestration.identity.decisions import MUST_LINK
from orchestration.identity.mixture import Model, log_likelihoods, log_odds, unpack
from orchestration.identity.scoring import COLUMN, LEVEL

ONLY_RECORD: Final = "only_record"
SAME_DETAILS: Final = "same_details"
REFUSED: Final = "refused"
BELOW_THRESHOLD: Final = "below_threshold"
Verdicts = NDArray[np.object_]

CLUSTERS: Final = pa.schema(
    [
        pa.field("customer_record_key", pa.string()),
        pa.field("cluster_key", pa.string()),
        pa.field("link_rule", pa.string()),
        pa.field("link_score", pa.float64()),
    ]
)
PAIRS: Final = pa.schema(
    [
        pa.field("record_key_a", pa.string()),
        pa.field("record_key_b", pa.string()),
        pa.field("link_rule", pa.string()),
        pa.field("link_score", pa.float64()),
        pa.field("match_weight", pa.float64()),
        pa.field("decision", pa.string()),
        pa.field("refused_because", pa.string()),
    ]
)
# Pairs are given the first that they fulfil.
RULES: Final = (
    ("card", "same", "same_card"),
    ("email", "same", "same_email"),
    ("phone", "same", "same_phone"),
    ("order", "same buyer", "same_order"),
    ("birth", "same date", "name_and_birth_date"),
    ("address", "house number and postcode", "name_and_address"),
    ("address", "postcode", "name_and_postcode"),
)
OTHER_RULE: Final = "name_and_details"
NAMES: Final = pa.array([*(rule for *_, rule in RULES), OTHER_RULE, SAME_DETAILS, ONLY_RECORD, MUST_LINK])
CODE: Final = {name: np.int8(code) for code, name in enumerate(NAMES.to_pylist())}

# Every record with the candidate that it was compared as, by its position.
PLACED: Final = """
select
    representative.customer_record_key,
    copied.position,
    representative.customer_record_key <> representative.representative_key as is_copy,
    compared_record.is_identifiable
from representative
inner join copied on representative.representative_key = copied.representative_key
inner join compared_record on representative.customer_record_key = compared_record.customer_record_key
order by representative.customer_record_key
"""
COPIED: Final = f"""
select position, {candidates.self_pattern_expression()} as pattern from candidate_record
where copies > 1 order by position
"""


class Judged(NamedTuple):
    """Pairs and what became of them.

    Attributes:
        pairs: of candidates.
        verdicts: per pair, as `cluster` returns them.
        margin: what was taken from the odds of the pairs (see `scoring.caution`).
    """

    pairs: Pairs
    verdicts: Verdicts
    margin: float


class _Links(NamedTuple):
    """What holds candidates or records where they are: codes of NAMES, and scores."""

    rules: NDArray[np.int8]
    scores: Floats


def read_records(
    scratch: duckdb.DuckDBPyConnection, model: Model, keys: pa.ChunkedArray, judged: Judged, roots: Whole, held: Decided
) -> tuple[pa.Table, pa.Table]:
    """Return one row per record with its cluster and the strongest link that holds it there, and one per pair.

    Who names nobody and is like nobody who does is no customer, and left out.

    Args:
        scratch: holds `compared_record`, `representative`, `copied` and `candidate_record` (see `candidates`).
        model: what the answers weigh.
        keys: of the candidates.
        judged: the pairs of candidates.
        roots: per candidate, the first of its cluster.
        held: what people have decided.

    Returns:
        Tables in the shapes of CLUSTERS and PAIRS; a candidate and each of its copies are a pair as well.
    """
    odds = np.full(len(roots), -np.inf)
    copied = scratch.execute(COPIED).fetchnumpy()
    odds[copied["position"]] = log_odds(log_likelihoods(model, unpack(copied["pattern"].astype(np.int64))))
    placed = scratch.sql(PLACED).to_arrow_table()
    at = placed["position"].to_numpy()
    is_copy = placed["is_copy"].to_numpy()
    rules = _rules(judged.pairs)
    strongest = _strongest(judged, rules, odds, held)
    links = _Links(
        np.where(is_copy, CODE[SAME_DETAILS], strongest.rules[at]),
        np.where(is_copy, _score(odds[at]), strongest.scores[at]),
    )
    is_customer = np.zeros(len(roots), np.bool_)
    is_customer[roots[at[placed["is_identifiable"].to_numpy()]]] = True
    kept = np.flatnonzero(is_customer[roots[at]])
    clusters = [
        placed["customer_record_key"].take(pa.array(kept)),
        keys.take(pa.array(roots[at[kept]])),
        _named(links.rules[kept]),
        pa.array(links.scores[kept]),
    ]
    copies = placed.filter(placed["is_copy"])
    of_copies = _pairs_of_copies(keys, copies["customer_record_key"], at[is_copy], odds[at[is_copy]])
    pairs = pa.concat_tables([_pairs_of_candidates(keys, judged, rules), of_copies])
    return pa.table(clusters, schema=CLUSTERS), pairs


def _score(odds: Floats) -> Floats:
    scores: Floats = 1 / (1 + np.exp(-odds))
    return scores


def _named(codes: NDArray[np.int8]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), NAMES).cast(pa.string())


def _strongest(judged: Judged, rules: NDArray[np.int8], odds_of_copies: Floats, held: Decided) -> _Links:
    """Return, per candidate, the strongest of its links: of equal ones that with its copies, then with the first."""
    linked = np.flatnonzero(judged.verdicts == LINKED)
    left, right = judged.pairs.left[linked], judged.pairs.right[linked]
    ends, others = np.concatenate([left, right]), np.concatenate([right, left])
    scores = np.tile(_score(judged.pairs.odds[linked] + judged.margin), 2)
    order = np.lexsort((others, -scores, ends))
    first = order[np.flatnonzero(np.diff(ends[order], prepend=-1))]
    size = len(odds_of_copies)
    best, rule_of = np.full(size, -1.0), np.full(size, CODE[ONLY_RECORD])
    best[ends[first]], rule_of[ends[first]] = scores[first], np.tile(rules[linked], 2)[first]
    of_copies = _score(odds_of_copies)
    with_copies = np.isfinite(odds_of_copies) & (of_copies >= best)
    best[with_copies], rule_of[with_copies] = of_copies[with_copies], CODE[SAME_DETAILS]
    decided = sorted({at for pair in held.must for at in pair})
    rule_of[decided] = CODE[MUST_LINK]
    best[rule_of == CODE[ONLY_RECORD]] = best[decided] = 1.0
    return _Links(rule_of, best)


def _rules(pairs: Pairs) -> NDArray[np.int8]:
    """Return, per pair, the strongest of RULES that it fulfils."""
    fulfilled = [
        (pairs.levels[:, COLUMN[name]] >= 0) & (pairs.levels[:, COLUMN[name]] <= LEVEL[name][label])
        for name, label, _ in RULES
    ]
    return np.select(fulfilled, [CODE[rule] for *_, rule in RULES], default=CODE[OTHER_RULE])


def _pairs_of_candidates(keys: pa.ChunkedArray, judged: Judged, rules: NDArray[np.int8]) -> pa.Table:
    pairs, verdicts = judged.pairs, judged.verdicts
    certain = pairs.odds + judged.margin
    below = (pairs.odds < 0) & (verdicts != LINKED)
    decisions = np.where(verdicts == LINKED, LINKED, np.where(below, BELOW_THRESHOLD, REFUSED))
    reasons = verdicts.copy()
    reasons[(verdicts == LINKED) | (below & (verdicts == UNLIKELY))] = None
    return pa.table(
        [
            keys.take(pa.array(pairs.left)),
            keys.take(pa.array(pairs.right)),
            _named(rules),
            pa.array(_score(certain)),
            pa.array(certain / np.log(2)),
            pa.array(decisions.tolist(), pa.string()),
            pa.array(reasons.tolist(), pa.string()),
        ],
        schema=PAIRS,
    )


def _pairs_of_copies(keys: pa.ChunkedArray, copies: pa.ChunkedArray, positions: Whole, odds: Floats) -> pa.Table:
    size = len(copies)
    return pa.table(
        [
            keys.take(pa.array(positions)),
            copies,
            pa.array([SAME_DETAILS] * size, pa.string()),
            pa.array(_score(odds)),
            pa.array(odds / np.log(2)),
            pa.array([LINKED] * size, pa.string()),
            pa.array([None] * size, pa.string()),
        ],
        schema=PAIRS,
    )
