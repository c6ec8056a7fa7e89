"""Deterministic clustering of customer records under constraints.

Links that a person has decided (`must_link`) are taken first and never refused; the others strongest first. A link
whose two clusters hold facts that exclude each other, or that a person holds apart, is refused; what has been merged is
never torn apart again. The order of the rows does not matter, since links are sorted by score, rule and keys.

Belongs here: the clustering and the conflicts that forbid a merge. Does not belong here: where links come from, and the
ids that clusters are given.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
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
MUST_LINK: Final = "must_link"
HELD_APART: Final = "cannot_link"


class Card(NamedTuple):
    """A loyalty card that is in use, with the name that it is registered to."""

    number: str
    name: Name


class Facts(NamedTuple):
    """What is known for sure of a cluster: the facts that a merge must not contradict.

    Records that must be linked are one unit, whose names and cards stand for each other (a name before and after a
    wedding): what agrees with one of them agrees with the unit.
    """

    birth_dates: frozenset[dt.date]
    names: frozenset[frozenset[Name]]
    cards: frozenset[frozenset[Card]]


def cluster_records(records: pa.Table, links: pa.Table, *, cannot: pa.Table | None = None) -> pa.Table:
    """Group records into clusters, one per person.

    Args:
        records: one row per record, with RECORD_COLUMNS.
        links: any number of rows per pair of records, with LINK_COLUMNS; a higher score is a stronger link. Rows of the
            rule `must_link` are taken first, whatever their score, and never refused.
        cannot: pairs of records (record_key_a, record_key_b) that never share a cluster, whatever links them.

    Returns:
        One row per record, ordered by key (CLUSTER_SCHEMA): its cluster, named by the smallest key in it, and the
        strongest link that holds it there (`only_record` and score 1 for a record that stands alone).

    Raises:
        ValueError: a link names an unknown record or has no score, a record key occurs twice, or two records must be
            linked (also by a chain) and cannot be.
    """
    records = records.select(RECORD_COLUMNS).sort_by("customer_record_key")
    keys: list[str] = records["customer_record_key"].to_pylist()
    if len(set(keys)) != len(keys):
        raise ValueError("customer_record_key is not unique among the records; correct int_customer_record__unify")
    ordered = _order_links(records, links)
    left, right = ordered["a"].to_pylist(), ordered["b"].to_pylist()
    decided = pc.sum(pc.equal(ordered["rule"], MUST_LINK)).as_py() or 0
    facts, parents = _facts(records), list(range(len(keys)))
    _merge_decided(facts, parents, zip(left[:decided], right[:decided], strict=True))
    foes = _foes(parents, _ends(records, cannot, "a pair that cannot be linked") if cannot else [], keys)
    _merge(facts, parents, foes, zip(left[decided:], right[decided:], strict=True))
    roots = [_find(parents, at) for at in range(len(keys))]
    rules, scores = _strongest(roots, left, right, ordered)
    clusters = [keys[root] for root in roots]
    return pa.table([keys, clusters, rules, scores], schema=CLUSTER_SCHEMA)


def conflict(a: Facts, b: Facts) -> bool:
    """Return True when two sets of facts cannot be of one person."""
    return conflict_between(a, b) is not None


def conflict_between(a: Facts, b: Facts) -> str | None:
    """Return which facts say that two clusters are not one person: birth_date, given_name or living_cards; or None.

    Different birth dates; given names that exclude each other; two living cards under different names.
    """
    if a.birth_dates and b.birth_dates and a.birth_dates.isdisjoint(b.birth_dates):
        return "birth_date"
    if a.names != b.names and any(not _agree(x, y) for x in a.names for y in b.names):
        return "given_name"
    if any(_cards_conflict(x, y) for x in a.cards for y in b.cards):
        return "living_cards"
    return None


def _facts(records: pa.Table) -> list[Facts]:
    facts = []
    for given, family, born, number, living in zip(
        *(records[name].to_pylist() for name in RECORD_COLUMNS[1:]), strict=True
    ):
        name = Name(given, family)
        names = frozenset() if given is None else frozenset((frozenset((name,)),))
        cards = frozenset((frozenset((Card(number, name),)),)) if living and number else frozenset()
        facts.append(Facts(frozenset() if born is None else frozenset((born,)), names, cards))
    return facts


def _order_links(records: pa.Table, links: pa.Table) -> pa.Table:
    ends = [pc.index_in(links[name], value_set=records["customer_record_key"]) for name in LINK_COLUMNS[:2]]
    _refuse_unknown(links, ends, "a link")
    if links["link_score"].null_count:
        raise ValueError("a link has no link_score; give its rule a score in seeds/rules/identity_link_rule.csv")
    low, high = pc.min_element_wise(*ends), pc.max_element_wise(*ends)
    rules = pc.cast(links["link_rule"], pa.string())
    table = pa.table({"a": low, "b": high, "rule": rules, "score": pc.cast(links["link_score"], "double")})
    table = table.append_column("is_decided", pc.equal(rules, MUST_LINK)).filter(pc.not_equal(table["a"], table["b"]))
    falling = [("is_decided", "descending"), ("score", "descending")]
    return table.sort_by([*falling, ("rule", "ascending"), ("a", "ascending"), ("b", "ascending")])


def _ends(records: pa.Table, pairs: pa.Table, kind: str) -> list[tuple[int, int]]:
    ends = [pc.index_in(pairs[name], value_set=records["customer_record_key"]) for name in LINK_COLUMNS[:2]]
    _refuse_unknown(pairs, ends, kind)
    low, high = pc.min_element_wise(*ends), pc.max_element_wise(*ends)
    return sorted(zip(low.to_pylist(), high.to_pylist(), strict=True))


def _refuse_unknown(pairs: pa.Table, ends: list[pa.ChunkedArray], kind: str) -> None:
    for end, name in zip(ends, LINK_COLUMNS, strict=False):
        if end.null_count:
            unknown = pairs[name].filter(pc.is_null(end))[0]
            raise ValueError(f"{kind} names {name} {unknown}, which is no record; rebuild the links after the records")


def _merge_decided(facts: list[Facts], parents: list[int], pairs: Iterable[tuple[int, int]]) -> None:
    for a, b in pairs:
        low, high = sorted((_find(parents, a), _find(parents, b)))
        if low != high:
            parents[high] = low
            facts[low] = _one_unit(facts[low], facts[high])


def _foes(parents: list[int], pairs: list[tuple[int, int]], keys: list[str]) -> defaultdict[int, set[int]]:
    """Return, per cluster so far, the clusters that it cannot be linked to."""
    foes: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        root_a, root_b = _find(parents, a), _find(parents, b)
        if root_a == root_b:
            raise ValueError(
                f"{keys[a]} and {keys[b]} cannot be linked, and must be (by a chain, if by no row of their own); take"
                " one of the rows out of seeds/rules/identity_must_link.csv or identity_cannot_link.csv"
            )
        foes[root_a].add(root_b)
        foes[root_b].add(root_a)
    return foes


def _merge(
    facts: list[Facts], parents: list[int], foes: defaultdict[int, set[int]], pairs: Iterable[tuple[int, int]]
) -> None:
    for a, b in pairs:
        low, high = sorted((_find(parents, a), _find(parents, b)))
        if low == high or (low in foes and high in foes[low]) or conflict(facts[low], facts[high]):
            continue
        parents[high] = low
        facts[low] = _union(facts[low], facts[high])
        for foe in foes.pop(high, ()):
            foes[foe].discard(high)
            foes[foe].add(low)
            foes[low].add(foe)


def _find(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


def _union(a: Facts, b: Facts) -> Facts:
    names = a.names if a.names == b.names else a.names | b.names
    # Dates that meet are of clusters which agree on one of them: only that one can be the person's.
    dates = a.birth_dates & b.birth_dates or a.birth_dates | b.birth_dates
    return Facts(dates, names, a.cards | b.cards)


def _one_unit(a: Facts, b: Facts) -> Facts:
    names, cards = frozenset().union(*a.names, *b.names), frozenset().union(*a.cards, *b.cards)
    return Facts(
        a.birth_dates | b.birth_dates, frozenset((names,) if names else ()), frozenset((cards,) if cards else ())
    )


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
def _agree(a: frozenset[Name], b: frozenset[Name]) -> bool:
    return any(names_agree(x, y) for x in a for y in b)


def _cards_conflict(a: frozenset[Card], b: frozenset[Card]) -> bool:
    return not any(_of_one_person(x, y) for x in a for y in b)


def _of_one_person(a: Card, b: Card) -> bool:
    return a.number == b.number or (names_agree(a.name, b.name) and families_agree(a.name, b.name))
