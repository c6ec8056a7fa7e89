"""Which id a cluster keeps: the records vote with the ids that they carry, and an id that has parted comes back.

Belongs here: pure functions over claims. Does not belong here: counting the claims (SQL in `election`), and what is
logged about a change of ids (`changes`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

ID_DIGITS: Final = 16


class Claim(NamedTuple):
    """What a cluster has to say for being given an id.

    Attributes:
        cluster_key: the cluster.
        customer_id: the id.
        carried_now: records of the cluster that carried the id on the night before.
        carried_ever: records of the cluster that carried it on any night.
        first_run: the run that first gave the id to anybody: the age of the id.
        carried_since: sum, over the records that carry the id now, of the runs since which they do.
        first_seen: when the first of the cluster's records with the id was seen at its source, as sortable text.
    """

    cluster_key: str
    customer_id: str
    carried_now: int
    carried_ever: int
    first_run: int
    carried_since: int
    first_seen: str


def elect(claims: Iterable[Claim]) -> dict[str, str]:
    """Return the id of every cluster that keeps one: no cluster has two, and no id is given twice.

    The strongest claim is granted first: the most records that carry the id, then the most that ever did (so that a
    split which is taken back gives the id back), then the oldest id, then the records that have carried it the longest
    (so that, of two equal halves, the one that the id came from keeps it), then the record seen first, then the id's
    text.
    """
    order = sorted(
        claims,
        key=lambda claim: (
            -claim.carried_now,
            -claim.carried_ever,
            claim.first_run,
            claim.carried_since,
            claim.first_seen,
            claim.customer_id,
            claim.cluster_key,
        ),
    )
    granted: dict[str, str] = {}
    given: set[str] = set()
    for claim in order:
        if claim.cluster_key not in granted and claim.customer_id not in given:
            granted[claim.cluster_key] = claim.customer_id
            given.add(claim.customer_id)
    return granted


def restore(claims: Iterable[Claim], elected: Mapping[str, str]) -> dict[str, str]:
    """Return the ids that come back: nobody carries them any more, and their records stand by themselves again.

    An id comes back when no other cluster holds more of the records that ever carried it; otherwise it stays merged
    into the cluster that does, and goes on resolving to it.

    Args:
        claims: of all clusters, on ids that nobody has been given; `carried_now` does not count.
        elected: clusters that have an id, and which.
    """
    best: defaultdict[str, int] = defaultdict(int)
    claims = list(claims)
    for claim in claims:
        best[claim.customer_id] = max(best[claim.customer_id], claim.carried_ever)
    free = [
        claim._replace(carried_now=0)
        for claim in claims
        if claim.cluster_key not in elected and claim.carried_ever == best[claim.customer_id]
    ]
    return elect(free)


def fresh_ids(first_records: Mapping[str, str], used: Collection[str]) -> dict[str, str]:
    """Return a new id for each cluster, made of the record that was first seen in it and never of an id ever used.

    Args:
        first_records: by cluster the key of its first record, which belongs to no other cluster.
        used: every id that was given at any time, at least those that `id_of` gives for these records.
    """
    taken = set(used)
    ids: dict[str, str] = {}
    for cluster in sorted(first_records):
        number, customer_id = 0, id_of(first_records[cluster])
        while customer_id in taken:
            number += 1
            customer_id = id_of(f"{first_records[cluster]}#{number}")
        taken.add(customer_id)
        ids[cluster] = customer_id
    return ids


def id_of(record_key: str) -> str:
    """Return the id that a record gives to its customer: `c` and 16 hexadecimal digits."""
    digest = hashlib.md5(record_key.encode(), usedforsecurity=False).hexdigest()
    return f"c{digest[:ID_DIGITS]}"
