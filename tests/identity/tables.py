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


def exclude_each_other(a: Record, b: Record) -> bool:
    """Return True when two records cannot be of one person, straight from the three rules."""
    if a.born and b.born and a.born != b.born:
        return True
    if not names_agree(a.name, b.name):
        return True
    return bool(a.card and b.card and a.card != b.card and not families_agree(a.name, b.name))


def cluster_slowly(records: Sequence[Record], links: Sequence[Link]) -> set[frozenset[str]]:
    """Return the clusters as sets of keys: strongest link first, every pair of the two sides compared each time."""
    by_key = {record.key: record for record in records}
    clusters = {key: frozenset({key}) for key in by_key}
    ordered = sorted(links, key=lambda link: (-link.score, link.rule, *sorted((link.a, link.b))))
    for a, b in ((link.a, link.b) for link in ordered):
        left, right = clusters[a], clusters[b]
        pairs = itertools.product(left, right)
        if left == right or any(exclude_each_other(by_key[x], by_key[y]) for x, y in pairs):
            continue
        for key in left | right:
            clusters[key] = left | right
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
