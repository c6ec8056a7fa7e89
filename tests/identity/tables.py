"""Small tables of records and links, and a slow reference that says what the clustering must answer.

Belongs here: making tables and the reference. Does not belong here: any assertion.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from hypothesis import strategies as st

from orchestration.identity.names import Name, families_agree, names_agree


@dataclass(frozen=True)
class Record:
    key: str
    given: str | None = None
    family: str | None = None
    born: dt.date | None = None
    card: str | None = None

    @property
    def name(self) -> Name:
        return Name(self.given, self.family)


@dataclass(frozen=True)
class Link:
    a: str
    b: str
    score: float = 0.9
    rule: str = "same_email"


def record_table(records: Sequence[Record]) -> pa.Table:
    columns = {
        "customer_record_key": [record.key for record in records],
        "given_key": [record.given for record in records],
        "family_key": [record.family for record in records],
        "birth_date": pa.array([record.born for record in records], pa.date32()),
        "card_number": [record.card for record in records],
        "is_living_card": [record.card is not None for record in records],
    }
    texts = ("customer_record_key", "given_key", "family_key", "card_number")
    return pa.table(
        {name: pa.array(column, pa.string()) if name in texts else column for name, column in columns.items()}
    )


def link_table(links: Sequence[Link]) -> pa.Table:
    return pa.table(
        {
            "record_key_a": pa.array([link.a for link in links], pa.string()),
            "record_key_b": pa.array([link.b for link in links], pa.string()),
            "link_rule": pa.array([link.rule for link in links], pa.string()),
            "link_score": pa.array([link.score for link in links], pa.float64()),
        }
    )


def pair_table(pairs: Sequence[tuple[str, str]]) -> pa.Table:
    """Pairs that cannot be linked."""
    return pa.table(
        {
            name: pa.array([pair[at] for pair in pairs], pa.string())
            for at, name in enumerate(("record_key_a", "record_key_b"))
        }
    )


def exclude_each_other(a: Record, b: Record) -> bool:
    """Return True when two records cannot be of one person, straight from the three rules."""
    return units_exclude_each_other([a], [b])


def units_exclude_each_other(a: Sequence[Record], b: Sequence[Record]) -> bool:
    """Return True when no member of one unit fits to any of the other, by dates, by names or by cards.

    A unit is what a person has said must be linked; what fits to one of its records fits to the unit.
    """
    dates = [{record.born for record in unit if record.born} for unit in (a, b)]
    if dates[0] and dates[1] and not dates[0] & dates[1]:
        return True
    named = [[record.name for record in unit if record.given] for unit in (a, b)]
    if named[0] and named[1] and not any(names_agree(x, y) for x, y in itertools.product(*named)):
        return True
    cards = [[record for record in unit if record.card] for unit in (a, b)]
    if not cards[0] or not cards[1]:
        return False
    return not any(
        x.card == y.card or (names_agree(x.name, y.name) and families_agree(x.name, y.name))
        for x, y in itertools.product(*cards)
    )


def units_of(records: Sequence[Record], links: Sequence[Link]) -> dict[str, frozenset[str]]:
    """Return, per record, the records that must be one person with it."""
    units = {record.key: frozenset({record.key}) for record in records}
    for link in links:
        if link.rule == "must_link":
            joined = units[link.a] | units[link.b]
            units |= dict.fromkeys(joined, joined)
    return units


def contradicts_itself(records: Sequence[Record], units: dict[str, frozenset[str]], keys: frozenset[str]) -> bool:
    """Return True when two units among the keys exclude each other, or no birth date fits to all of them."""
    by_key = {record.key: record for record in records}
    inside = [[by_key[key] for key in sorted(unit)] for unit in {units[key] for key in keys}]
    dates = [dates for unit in inside if (dates := {record.born for record in unit if record.born})]
    if dates and not set.intersection(*dates):
        return True
    return any(units_exclude_each_other(x, y) for x, y in itertools.combinations(inside, 2))


def cluster_slowly(
    records: Sequence[Record], links: Sequence[Link], cannot: Sequence[tuple[str, str]] = ()
) -> set[frozenset[str]]:
    """Return the clusters as sets of keys: strongest link first, the whole of the two sides judged each time."""
    units = units_of(records, links)
    clusters = dict(units)
    ordered = sorted(links, key=lambda link: (-link.score, link.rule, *sorted((link.a, link.b))))
    for a, b in ((link.a, link.b) for link in ordered if link.rule != "must_link"):
        joined = clusters[a] | clusters[b]
        held_apart = any(x in joined and y in joined for x, y in cannot)
        if clusters[a] == clusters[b] or held_apart or contradicts_itself(records, units, joined):
            continue
        clusters |= dict.fromkeys(joined, joined)
    return set(clusters.values())


GIVEN = st.sampled_from([None, "a", "anna", "anastasia", "eva", "nikolaos", "vlahos"])
FAMILY = st.sampled_from([None, "vlahos", "vlahou", "papas", "anna"])
BORN = st.sampled_from([None, None, dt.date(1980, 5, 2), dt.date(1990, 7, 3)])
CARDS = st.sampled_from([None, None, "1", "2"])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Record], list[Link]]:
    """Draw up to nine records full of contradictions, and links among them."""
    keys = [f"r{number}" for number in range(draw(st.integers(1, 9)))]
    records = [Record(key, draw(GIVEN), draw(FAMILY), draw(BORN), draw(CARDS)) for key in keys]
    link = st.builds(
        Link,
        st.sampled_from(keys),
        st.sampled_from(keys),
        st.sampled_from([0.5, 0.9, 0.95]),
        st.sampled_from(["same_email", "same_phone"]),
    )
    return records, draw(st.lists(link, max_size=16))


@st.composite
def decided_graphs(draw: st.DrawFn) -> tuple[list[Record], list[Link], list[tuple[str, str]]]:
    """Draw a graph, pairs that must be linked, and pairs that cannot be and do not contradict those."""
    records, links = draw(graphs())
    keys = st.sampled_from([record.key for record in records])
    links = links + draw(st.lists(st.builds(Link, keys, keys, st.just(1.0), st.just("must_link")), max_size=3))
    units = units_of(records, links)
    cannot = draw(st.lists(st.tuples(keys, keys), max_size=4))
    return records, links, [(a, b) for a, b in cannot if b not in units[a]]
