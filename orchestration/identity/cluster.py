"""Deterministic clustering of customer records under constraints.

Links are taken strongest first. A link whose two clusters hold facts that exclude each other is refused; what has been
merged is never torn apart again. The order of the rows does not matter, since links are sorted by score, rule and keys.

Belongs here: the clustering and the conflicts that forbid a merge. Does not belong here: where links come from, and the
ids that clusters are given.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.identity.names import Name, families_agree, names_agree

RECORD_COLUMNS: Final = (
    "customer_record_key",
    "given_key",
    "family_key",
    "birth_date",
    "card_number",
    "is_living_card",
)
LINK_COLUMNS: Final = ("record_key_a", "record_key_b", "link_rule", "link_score")
CLUSTER_SCHEMA: Final = pa.schema(
    [
        pa.field("customer_record_key", pa.string()),
        pa.field("cluster_key", pa.string()),
        pa.field("link_rule", pa.string()),
        pa.field("link_score", pa.float64()),
    ]
)
ONLY_RECORD: Final = "only_record"


class Card(NamedTuple):
    """A loyalty card that is in use, with the name that it is registered to."""

    number: str
    name: Name


class Facts(NamedTuple):
    """What is known for sure of a cluster: the facts that a merge must not contradict."""

    birth_date: dt.date | None
    names: frozenset[Name]
    cards: frozenset[Card]


def cluster_records(records: pa.Table, links: pa.Table) -> pa.Table:
    """Group records into clusters, one per person.

    Args:
        records: one row per record, with RECORD_COLUMNS.
        links: any number of rows per pair of records, with LINK_COLUMNS; a higher score is a stronger link.

    Returns:
        One row per record, ordered by key (CLUSTER_SCHEMA): its cluster, named by the smallest key in it, and the
        strongest link that holds it there (`only_record` and score 1 for a record that stands alone).

    Raises:
        ValueError: a link names an unknown record or has no score, or a record key occurs twice.
    """
    records = records.select(RECORD_COLUMNS).sort_by("customer_record_key")
    keys: list[str] = records["customer_record_key"].to_pylist()
    if len(set(keys)) != len(keys):
        raise ValueError("customer_record_key is not unique among the records; correct int_customer_record__unify")
    ordered = _order_links(records, links)
    left, right = ordered["a"].to_pylist(), ordered["b"].to_pylist()
    parents = _merge(_facts(records), left, right)
    roots = [_find(parents, at) for at in range(len(keys))]
    rules, scores = _strongest(roots, left, right, ordered)
    clusters = [keys[root] for root in roots]
    return pa.table([keys, clusters, rules, scores], schema=CLUSTER_SCHEMA)


def conflict(a: Facts, b: Facts) -> bool:
    """Return True when two sets of facts cannot be of one person.

    Different birth dates; given names that exclude each other; two living cards under different names.
    """
    if a.birth_date is not None and b.birth_date is not None and a.birth_date != b.birth_date:
        return True
    if a.names != b.names and any(not _agree(x, y) for x in a.names for y in b.names):
        return True
    return any(_cards_conflict(x, y) for x in a.cards for y in b.cards)


def _facts(records: pa.Table) -> list[Facts]:
    facts = []
    for given, family, born, number, living in zip(
        *(records[name].to_pylist() for name in RECORD_COLUMNS[1:]), strict=True
    ):
        name = Name(given, family)
        names = frozenset() if given is None else frozenset((name,))
        cards = frozenset((Card(number, name),)) if living and number else frozenset()
        facts.append(Facts(born, names, cards))
    return facts


def _order_links(records: pa.Table, links: pa.Table) -> pa.Table:
    known = records["customer_record_key"]
    ends = [pc.index_in(links[name], value_set=known) for name in LINK_COLUMNS[:2]]
    for end, name in zip(ends, LINK_COLUMNS, strict=False):
        if end.null_count:
            unknown = links[name].filter(pc.is_null(end))[0]
            raise ValueError(f"a link names {name} {unknown}, which is no record; rebuild the links after the records")
    if links["link_score"].null_count:
        raise ValueError("a link has no link_score; give its rule a score in seeds/rules/identity_link_rule.csv")
    low, high = pc.min_element_wise(*ends), pc.max_element_wise(*ends)
    table = pa.table({"a": low, "b": high, "rule": links["link_rule"], "score": pc.cast(links["link_score"], "double")})
    table = table.filter(pc.not_equal(table["a"], table["b"]))
    return table.sort_by([("score", "descending"), ("rule", "ascending"), ("a", "ascending"), ("b", "ascending")])


def _merge(facts: list[Facts], left: list[int], right: list[int]) -> list[int]:
    parents = list(range(len(facts)))
    for a, b in zip(left, right, strict=True):
        low, high = sorted((_find(parents, a), _find(parents, b)))
        if low == high or conflict(facts[low], facts[high]):
            continue
        parents[high] = low
        facts[low] = _union(facts[low], facts[high])
    return parents


def _find(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


def _union(a: Facts, b: Facts) -> Facts:
    names = a.names if a.names == b.names else a.names | b.names
    return Facts(a.birth_date or b.birth_date, names, a.cards | b.cards)


def _strongest(roots: list[int], left: list[int], right: list[int], ordered: pa.Table) -> tuple[list[str], list[float]]:
    rules, scores = [ONLY_RECORD] * len(roots), [1.0] * len(roots)
    linked = bytearray(len(roots))
    link_rules, link_scores = ordered["rule"].to_pylist(), ordered["score"].to_pylist()
    for a, b, rule, score in zip(left, right, link_rules, link_scores, strict=True):
        if roots[a] != roots[b]:
            continue
        for end in (a, b):
            if not linked[end]:
                linked[end], rules[end], scores[end] = 1, rule, score
    return rules, scores


@cache
def _agree(a: Name, b: Name) -> bool:
    return names_agree(a, b)


def _cards_conflict(a: Card, b: Card) -> bool:
    return a.number != b.number and not (_agree(a.name, b.name) and families_agree(a.name, b.name))
