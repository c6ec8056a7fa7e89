"""Why two customer records are, or are not, one person: from the private warehouse, for one pair at a time.

Belongs here: finding the two records, and putting together what the identity step wrote of them. Does not belong here:
text for people (`orchestration.explanation`), scores, and any decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from orchestration.identity.cluster import HELD_APART
from orchestration.identity.evidence import Contribution, contributions
from orchestration.identity.model_file import read_model
from orchestration.identity.paths import Edge, strongest_path
from orchestration.identity.reading import RECORDS, read_decisions, read_threshold

Verdict = Literal[
    "same_record", "linked", "held_apart", "refused", "below_threshold", "never_compared", "identifies_nobody"
]
VALUES: Final = ("given_name", "family_name", "email", "phone", "card_number", "birth_date", "gender", "country_code")
SHORTEST_PREFIX: Final = 6


Explainer = Callable[[duckdb.DuckDBPyConnection, str, str], list[Contribution]]


@dataclass(frozen=True)
class RecordView:
    """A customer record as people look at it. `values` are personal data."""

    customer_record_key: str
    source: str
    customer_id: str | None
    values: dict[str, str]


@dataclass(frozen=True)
class PairView:
    """A pair that was compared: what the comparison gave and what became of it."""

    record_key_a: str
    record_key_b: str
    link_rule: str
    link_score: float
    match_weight: float
    decision: str
    refused_because: str | None = None
    contributions: list[Contribution] = field(default_factory=list)


@dataclass(frozen=True)
class Explanation:
    """The whole answer.

    Attributes:
        verdict: why they are one person (same_record, linked) or not (all others).
        a, b: the two records.
        pairs: of a linked pair the links on the strongest path from a to b, in order; else the strongest comparison
            between the two customers, if there was any.
        threshold: the score from which on a pair is linked.
        decisions: the rows of the seeds of decisions that name records of the two customers on both sides.
        others: every record that was looked at on the way, by key.
    """

    verdict: Verdict
    a: RecordView
    b: RecordView
    threshold: float
    pairs: list[PairView] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    others: dict[str, RecordView] = field(default_factory=dict)

    @property
    def is_one_person(self) -> bool:
        """True when both records belong to one customer."""
        return self.verdict in {"same_record", "linked"}


class NotFoundError(LookupError):
    """No record is meant, or more than one; the message says what may be typed."""


def by_model(model: Path | None = None) -> Explainer:
    """Return what says what each comparison contributes to a pair, by the model of a file.

    Raises:
        ValueError: the file is no identity model.
    """
    weights = read_model(model)
    return lambda connection, a, b: contributions(connection, weights, a, b)


def explain(connection: duckdb.DuckDBPyConnection, name_a: str, name_b: str, explain_pair: Explainer) -> Explanation:
    """Return why two records, or two customers, are or are not one person.

    Args:
        connection: the private warehouse, after a night.
        name_a: a customer_record_key, `system:type:source_id`, or a customer_id, old ones too; keys and ids may be cut
            short to six characters.
        name_b: likewise. Of two customers the two records are taken that come closest to each other.
        explain_pair: says what each comparison contributed to a pair.

    Raises:
        NotFoundError: a name means no record, or more than one customer.
    """
    keys_a, keys_b = _records_meant(connection, name_a), _records_meant(connection, name_b)
    key_a, key_b = _closest(connection, keys_a, keys_b)
    a, b = _view(connection, key_a), _view(connection, key_b)
    threshold = read_threshold(connection)
    if key_a == key_b:
        return Explanation("same_record", a, b, threshold)
    if a.customer_id is None or b.customer_id is None:
        return Explanation("identifies_nobody", a, b, threshold)
    if a.customer_id == b.customer_id:
        pairs = _path(connection, a, b)
        verdict: Verdict = "linked"
    else:
        pairs = _between(connection, a.customer_id, b.customer_id)
        verdict = _apart(pairs)
    decisions = _decisions(connection, a.customer_id, b.customer_id)
    if verdict != "linked" and any(row.startswith("cannot_link") for row in decisions):
        verdict = "held_apart"
    if verdict == "never_compared":
        parts = explain_pair(connection, key_a, key_b)
        weight = sum(part.weight for part in parts)
        pairs = [PairView(key_a, key_b, "nothing in common", 1 / (1 + 2**-weight), weight, "never_compared")]
    shown = [
        PairView(**{**vars(pair), "contributions": explain_pair(connection, pair.record_key_a, pair.record_key_b)})
        for pair in pairs
    ]
    on_the_way = {key for pair in shown for key in (pair.record_key_a, pair.record_key_b)} - {key_a, key_b}
    others = {key: _view(connection, key) for key in sorted(on_the_way)}
    return Explanation(verdict, a, b, threshold, shown, decisions, others)


def _records_meant(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    if name.count(":") >= 2:
        where, parameters = "source_system = $1 and record_type = $2 and source_id = $3", name.split(":", 2)
    elif len(name) >= SHORTEST_PREFIX:
        where, parameters = "starts_with(customer_record_key, $1)", [name]
    else:
        raise NotFoundError(f"{name!r} is too short. {_HOW}")
    rows = connection.execute(f"select customer_record_key from {RECORDS} where {where}", parameters).fetchall()
    if len(rows) == 1 or (rows and ":" in name):
        return sorted(key for (key,) in rows)
    if rows:
        raise NotFoundError(f"{name!r} begins the keys of {len(rows)} records; type more of it.")
    customers = connection.execute(
        """
        select distinct coalesce(alias.customer_id, name.customer_id)
        from (
            select customer_id from identity.customer_record_map
            union
            select former_customer_id from identity.customer_id_alias
        ) as name
        left join identity.customer_id_alias as alias on name.customer_id = alias.former_customer_id
        where starts_with(name.customer_id, $1)
        """,
        [name],
    ).fetchall()
    if len(customers) > 1:
        raise NotFoundError(f"{name!r} begins the ids of {len(customers)} customers; type more of it.")
    if not customers:
        raise NotFoundError(f"{name!r} is no customer record and no customer. {_HOW}")
    members = connection.execute(
        "select customer_record_key from identity.customer_record_map where customer_id = $1 order by 1", customers[0]
    ).fetchall()
    if not members:
        raise NotFoundError(f"Nothing is left of customer {name!r}: its records have been erased.")
    return [key for (key,) in members]


_HOW: Final = "Type a customer_record_key, system:type:source_id (webshop:eshop_account:17), or a customer_id."


def _closest(connection: duckdb.DuckDBPyConnection, keys_a: list[str], keys_b: list[str]) -> tuple[str, str]:
    """Return the two records of two customers whose comparison is the strongest; the first two when there is none."""
    if len(keys_a) == len(keys_b) == 1:
        return keys_a[0], keys_b[0]
    rows = connection.execute(
        """
        select record_key_a, record_key_b from identity.customer_record_pair
        where
            (list_contains($a, record_key_a) and list_contains($b, record_key_b))
            or (list_contains($b, record_key_a) and list_contains($a, record_key_b))
        order by match_weight desc, record_key_a, record_key_b
        limit 1
        """,
        {"a": keys_a, "b": keys_b},
    ).fetchall()
    if rows:
        one, other = rows[0]
        return (one, other) if one in keys_a and other in keys_b else (other, one)
    return keys_a[0], next((key for key in keys_b if key != keys_a[0]), keys_b[0])


def _view(connection: duckdb.DuckDBPyConnection, key: str) -> RecordView:
    names = ", ".join(f"cast(records.{name} as varchar)" for name in VALUES)
    (row,) = connection.execute(
        f"""
        select records.source_system || ':' || records.record_type || ':' || records.source_id, map.customer_id, {names}
        from {RECORDS} as records
        left join identity.customer_record_map as map using (customer_record_key)
        where customer_record_key = $1
        """,
        [key],
    ).fetchall()
    values = {name: value for name, value in zip(VALUES, row[2:], strict=True) if value is not None}
    return RecordView(key, row[0], row[1], values)


def _path(connection: duckdb.DuckDBPyConnection, a: RecordView, b: RecordView) -> list[PairView]:
    rows = connection.execute(
        """
        select pairs.record_key_a, pairs.record_key_b, pairs.link_rule, pairs.link_score, pairs.match_weight
        from identity.customer_record_pair as pairs
        inner join identity.customer_record_map as map on pairs.record_key_a = map.customer_record_key
        where pairs.decision = 'linked' and map.customer_id = $1
        """,
        [a.customer_id],
    ).fetchall()
    path = strongest_path(a.customer_record_key, b.customer_record_key, (Edge(*row) for row in rows))
    return [PairView(edge.a, edge.b, edge.rule, edge.score, edge.weight, "linked") for edge in path]


def _between(connection: duckdb.DuckDBPyConnection, customer_a: str, customer_b: str) -> list[PairView]:
    """Return the strongest comparison of two customers' records: a refused one first, since it was strong enough."""
    rows: list[tuple[Any, ...]] = connection.execute(
        """
        select pairs.record_key_a, pairs.record_key_b, link_rule, link_score, match_weight, decision, refused_because
        from (select pairs.* from identity.customer_record_pair as pairs) as pairs
        inner join (select customer_record_key, customer_id from identity.customer_record_map) as map_a
            on pairs.record_key_a = map_a.customer_record_key
        inner join (select customer_record_key, customer_id from identity.customer_record_map) as map_b
            on pairs.record_key_b = map_b.customer_record_key
        where
            (map_a.customer_id = $a and map_b.customer_id = $b)
            or (map_a.customer_id = $b and map_b.customer_id = $a)
        order by decision = 'refused' desc, match_weight desc, link_rule, pairs.record_key_a, pairs.record_key_b
        limit 1
        """,
        {"a": customer_a, "b": customer_b},
    ).fetchall()
    return [PairView(*row) for row in rows]


def _apart(pairs: list[PairView]) -> Verdict:
    if not pairs:
        return "never_compared"
    if pairs[0].decision == "below_threshold":
        return "below_threshold"
    return "held_apart" if pairs[0].refused_because == HELD_APART else "refused"


def _decisions(connection: duckdb.DuckDBPyConnection, customer_a: str, customer_b: str) -> list[str]:
    rows = connection.execute(
        "select customer_record_key, customer_id from identity.customer_record_map where customer_id in ($a, $b)",
        {"a": customer_a, "b": customer_b},
    ).fetchall()
    home = dict(rows)
    return [
        f"{row.decision}: {row.row_text}"
        for row in read_decisions(connection)
        if {home.get(row.record_key_a), home.get(row.record_key_b)} == {customer_a, customer_b}
    ]
