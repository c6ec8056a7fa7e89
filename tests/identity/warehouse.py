"""A small warehouse that the identity step runs on, night after night, and what may be asked of it.

Belongs here: making the tables that the step reads, and reading what it wrote. Does not belong here: any assertion.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.identity.cluster import LINKED, Decided, Pairs, cluster
from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.decisions import Decision
from orchestration.identity.facts import VETOES, Facts
from orchestration.identity.mixture import KINDS, initial_model
from orchestration.identity.outcome import CLUSTERS, PAIRS
from orchestration.identity.people import People
from orchestration.identity.reading import RECORDS
from orchestration.identity.record_history import Published
from orchestration.identity.resolve import Resolution, resolve_customers
from orchestration.identity.withheld import Withheld

FIRST_NIGHT = dt.date(2026, 1, 1)
BEGINNING = dt.datetime(2025, 1, 1)
KEYS = tuple("abcdefgh")
TABLES = """
create schema personal;
create schema rules;
create table personal.int_customer_record__standardise (
    customer_record_key varchar, given_key varchar, family_key varchar, birth_date date, card_number varchar,
    is_living_card boolean, created_at timestamp, is_identifiable boolean
);
create table personal.link (record_key_a varchar, record_key_b varchar);
create table personal.int_customer_link__decide (
    decision varchar, record_key_a varchar, record_key_b varchar, row_text varchar
);
create table rules.identity_match_setting (link_score_from double);
insert into rules.identity_match_setting values (0.667);
"""
Pair = tuple[str, str]


def people_of_links(connection: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], score: float = 0.9) -> People:
    """Return the people of the links of `personal.link`, all of one score: a pair is linked when it passes 2/3."""
    keys = [key for (key,) in connection.execute(f"select customer_record_key from {RECORDS} order by 1").fetchall()]
    at = {key: number for number, key in enumerate(keys)}
    query = "select distinct least(record_key_a, record_key_b), greatest(record_key_a, record_key_b) from personal.link"
    links = connection.execute(query).fetchall()
    for a, b in links:
        if a not in at or b not in at:
            raise ValueError(f"a link names {b if a in at else a}, which is no record")
    links = sorted((a, b) for a, b in links if a != b)
    weight = math.log(score / (1 - score))
    odds = np.full(len(links), weight - math.log(2))
    likelihoods = np.zeros((len(links), len(KINDS)))
    likelihoods[:, 0] = odds + math.log(len(KINDS) - 1)
    pairs = Pairs(
        np.asarray([at[a] for a, _ in links], np.int64),
        np.asarray([at[b] for _, b in links], np.int64),
        likelihoods,
        np.full((len(links), len(COMPARISONS)), -1, np.int8),
        odds,
        np.full(len(links), -1),
    )
    decided = [(at[row.record_key_a], at[row.record_key_b], row.decision) for row in decisions]
    held = Decided(
        [(a, b) for a, b, decision in decided if decision == "must_link"],
        [(a, b) for a, b, decision in decided if decision != "must_link"],
    )
    roots, verdicts = cluster(
        len(keys), lambda some: [Facts()] * len(some), pairs, Withheld(initial_model()), held
    )  # fmt: skip
    linked = {key for (a, b), verdict in zip(links, verdicts, strict=True) if verdict == LINKED for key in (a, b)}
    rules = ["same_email" if key in linked else "only_record" for key in keys]
    clusters = [keys, [keys[root] for root in roots], rules, [score if key in linked else 1.0 for key in keys]]
    decisions_of = [
        LINKED if verdict == LINKED else "refused" if odds[0] >= 0 else "below_threshold" for verdict in verdicts
    ]
    judged = [
        [a for a, _ in links],
        [b for _, b in links],
        ["same_email"] * len(links),
        [score] * len(links),
        [weight / math.log(2)] * len(links),
        decisions_of,
        [None if decision != "refused" else verdict for decision, verdict in zip(decisions_of, verdicts, strict=True)],
    ]
    return People(pa.table(clusters, schema=CLUSTERS), pa.table(judged, schema=PAIRS), len(links), frozenset(VETOES))


class Warehouse:
    """A warehouse whose records are by default 'a' to 'h', seen first in an order that is not that of their keys."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(TABLES)
        self.night = 0
        self.published = Published()
        self.score = 0.9

    def run(
        self,
        keys: Iterable[str],
        links: Iterable[Pair],
        on: dt.date | None = None,
        *,
        must: Iterable[Pair] = (),
        cannot: Iterable[Pair] = (),
        publish: bool = True,
    ) -> Resolution:
        """Run a night on these records and links; `publish` says whether readers get its result."""
        known = set(keys)
        links = [(a, b) for a, b in links if a in known and b in known]
        decisions = [("must_link", a, b) for a, b in must] + [("cannot_link", a, b) for a, b in cannot]
        self._write_records(sorted(known))
        self._write("link", {"record_key_a": [a for a, _ in links], "record_key_b": [b for _, b in links]})
        self._write(
            "int_customer_link__decide",
            {
                "decision": [decision for decision, _, _ in decisions],
                "record_key_a": [min(a, b) for _, a, b in decisions],
                "record_key_b": [max(a, b) for _, a, b in decisions],
                "row_text": [f"{a} and {b}" for _, a, b in decisions],
            },
        )
        self.night += 1
        moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=self.night)
        resolution = resolve_customers(
            self.connection,
            on or FIRST_NIGHT + dt.timedelta(days=self.night),
            moment,
            self.published,
            lambda connection, decisions: people_of_links(connection, decisions, self.score),
        )
        if publish:
            current = (resolution.run_number, moment.replace(tzinfo=None))
            self.published = Published(self.published.runs | {current}, current)
        return resolution

    def _write_records(self, keys: list[str]) -> None:
        seen = [BEGINNING + dt.timedelta(days=(ord(key) * 5) % 8 if len(key) == 1 else 0) for key in keys]
        self._write(
            "int_customer_record__standardise",
            {"customer_record_key": keys, "created_at": seen, "is_identifiable": [True] * len(keys)},
        )

    def _write(self, table: str, columns: dict[str, list[Any]]) -> None:
        self.connection.execute(f"delete from personal.{table}")
        if next(iter(columns.values())):
            self.connection.register("content", pa.table(columns))
            self.connection.execute(f"insert into personal.{table} by name select * from content")
            self.connection.unregister("content")

    def map(self) -> dict[str, str]:
        """The id of every record."""
        return dict(self.rows("select customer_record_key, customer_id from identity.customer_record_map"))

    def clusters(self) -> dict[str, frozenset[str]]:
        """The records of every id."""
        members: defaultdict[str, set[str]] = defaultdict(set)
        for record, customer in self.map().items():
            members[customer].add(record)
        return {customer: frozenset(records) for customer, records in members.items()}

    def former(self) -> dict[str, str]:
        """The id of every record in what readers had before the night."""
        return dict(self.rows("select customer_record_key, customer_id from identity.customer_record_map_former"))

    def aliases(self) -> dict[str, str | None]:
        """Where every old id leads."""
        return dict(self.rows("select former_customer_id, customer_id from identity.customer_id_alias"))

    def log(self) -> list[tuple[Any, ...]]:
        """Event, survivor, absorbed and records moved of every logged event, and the run."""
        return self.rows(
            """select event, survivor_customer_id, absorbed_customer_id, records_moved, run_number
            from identity.customer_merge_log order by all"""
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query).fetchall()

    def snapshot(self, path: Path) -> Published:
        """Publish the tables that a release holds into a file, and return what the next night is told of it."""
        self.connection.execute(f"attach '{path}' as release")
        for statement in (
            "create schema release.customer",
            "create schema release.audit",
            "create table release.customer.customer_record_map as select * from identity.customer_record_map",
            "create table release.customer.customer_merge_log as select * from identity.customer_merge_log",
            """create table release.audit.identity_run as
            select * exclude (is_published), not is_published and run_number < max(run_number) over () as is_superseded
            from identity.identity_run""",
            "detach release",
        ):
            self.connection.execute(statement)
        return Published(self.published.runs, self.published.current, path)
