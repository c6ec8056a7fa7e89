"""The golden record of many nights: what is elected anew for whom something changed equals what is elected for all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.identity.incremental import RULES, IncrementalModel
from tests.identity.standardise import PROJECT, VARIABLES, render

FOLDER: Final = "intermediate/customer_golden"
FIRST: Final = dt.date(2026, 10, 1)
DAYS: Final = 12
RECORDS: Final = "abcd"
TABLES: Final = """
set TimeZone = 'UTC';
set default_null_order = 'nulls_first_on_asc_last_on_desc';
create table int_customer_golden__gather (
    customer_record_key varchar, source_system varchar, record_type varchar, attribute_group varchar,
    value_text varchar, same_value varchar, is_complete boolean, is_verified boolean,
    customer_version_key varchar, stated_at timestamp, valid_from date, valid_to date
);
create table stg_identity__customer_record_map (customer_record_key varchar, customer_id varchar);
create table identity_source_trust (
    record_type varchar, attribute_group varchar, evidence varchar, trust_rank integer
);
create table stg_eshop__orders (
    source_system varchar, order_id varchar, customer_id varchar, guest_email varchar, guest_phone varchar,
    guest_first_name varchar, guest_last_name varchar, ordered_at timestamp, deleted_at timestamp
);
create table stg_eshop__shipments (source_system varchar, order_id varchar, delivered_at timestamp);
"""
TRUSTED: Final = """
insert into identity_source_trust
select record_type, attribute_group, evidence, trust_rank
from (values ('eshop_account', 'stated', 2), ('eshop_account', 'verified', 1), ('eshop_account', 'delivered', 1))
    as ranks (record_type, evidence, trust_rank)
cross join (values ('email'), ('address')) as groups (attribute_group)
union all values ('loyalty_card', 'email', 'stated', $1::integer), ('loyalty_card', 'email', 'verified', 1)
"""
Change = tuple[Any, ...]


def key(record: str) -> str:
    """The key of a record: 'a' and 'b' are accounts of the shop, which orders name."""
    return f"md5('shop|eshop_account|{record}')" if record in "ab" else f"'{record}'"


@cache
def prove(as_of: dt.date) -> str:
    variables = VARIABLES | {"as_of_date": as_of.isoformat()}
    text = (PROJECT / "models" / FOLDER / "int_customer_golden__prove.sql").read_text(encoding="utf-8")
    return render(text, var=variables.__getitem__)


class Nights:
    """A warehouse of four records that is changed between its nights."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute(TABLES)
        self.model = IncrementalModel(
            f"{FOLDER}/int_customer_golden__elect.sql", f"{FOLDER}/int_customer_golden__digest.sql", "customer_id"
        )
        self.as_of = FIRST + dt.timedelta(DAYS)
        self.rules = RULES
        self.trust(2)
        for record in RECORDS:
            self.belong(record, "c1")

    def state(self, record: str, *statements: tuple[str, int, int, str, bool]) -> None:
        """Replace what a record has said: group, first day, days (none: still), value, whether verified."""
        self.connection.execute(f"delete from int_customer_golden__gather where customer_record_key = {key(record)}")
        free = dict.fromkeys(("email", "address"), 0)
        for group, start, days, value, verified in sorted(statements):
            begin = max(start, free[group])
            if begin >= DAYS:
                continue
            free[group] = begin + days if days else DAYS
            at = FIRST + dt.timedelta(begin)
            self.connection.execute(
                f"insert into int_customer_golden__gather values ({key(record)}, 'shop', $1, $2, $3, $3, $4, $5, $6,"
                " $7, $8, $9)",
                [
                    "loyalty_card" if record == "c" else "eshop_account", group, value, value != "z",
                    verified and group == "email", f"{record}{begin}", dt.datetime.combine(at, dt.time(10)), at,
                    FIRST + dt.timedelta(begin + days) if days else None,
                ],
            )  # fmt: skip

    def belong(self, record: str, customer: str | None) -> None:
        """Give a record to a customer, or withdraw it."""
        self.connection.execute(
            f"delete from stg_identity__customer_record_map where customer_record_key = {key(record)}"
        )
        if customer:
            self.connection.execute(
                f"insert into stg_identity__customer_record_map values ({key(record)}, $1)", [customer]
            )

    def order(self, record: str, ordered: int, arrived: int) -> None:
        """Let a parcel arrive that was ordered on a day."""
        ((number,),) = self.connection.execute("select count(*) from stg_eshop__orders").fetchall()
        days = [dt.datetime.combine(FIRST + dt.timedelta(day), dt.time(12)) for day in (ordered, ordered + arrived)]
        self.connection.execute(
            "insert into stg_eshop__orders (source_system, order_id, customer_id, ordered_at)"
            " values ('shop', $1, $2, $3)",
            [str(number), record, days[0]],
        )
        self.connection.execute("insert into stg_eshop__shipments values ('shop', $1, $2)", [str(number), days[1]])

    def date(self, day: int) -> None:
        """Let the next night be of another date, a later or an earlier one."""
        self.as_of = FIRST + dt.timedelta(day)

    def trust(self, rank: int) -> None:
        """Change a rule, which the digest of the project's files tells."""
        self.connection.execute("delete from identity_source_trust")
        self.connection.execute(TRUSTED, [rank])
        self.rules = f"{RULES} {rank}"

    def run(self, *, is_killed: bool = False) -> int:
        self.connection.execute(f"create or replace table int_customer_golden__prove as {prove(self.as_of)}")
        return self.model.run(self.connection, self.rules, is_killed=is_killed)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def kept(self) -> list[tuple[Any, ...]]:
        return self.rows(f"select * from {self.model.name} order by all")

    def elected_whole(self) -> list[tuple[Any, ...]]:
        return self.rows(f"select * from ({self.model.whole(self.rules)}) order by all")


@pytest.fixture
def nights() -> Iterator[Nights]:
    made = Nights()
    made.state("a", ("email", 0, 0, "x", False), ("address", 0, 0, "x", False))
    made.state("b", ("email", 2, 0, "y", False), ("address", 3, 0, "y", False))
    made.state("c", ("email", 4, 0, "w", False))
    made.state("d", ("email", 1, 5, "x", True))
    made.belong("c", "c2")
    made.belong("d", "c3")
    yield made
    made.connection.close()


days = st.integers(0, DAYS - 1)
statements = st.lists(
    st.tuples(st.sampled_from(["email", "address"]), days, st.integers(0, 5), st.sampled_from("xyz"), st.booleans()),
    max_size=4,
).map(tuple)
records = st.sampled_from(RECORDS)
changes = st.one_of(
    st.tuples(st.just("state"), records, statements).map(lambda each: (each[0], each[1], *each[2])),
    st.tuples(st.just("belong"), records, st.sampled_from(["c1", "c2", "c3", None])),
    st.tuples(st.just("order"), st.sampled_from("ab"), days, st.integers(0, 5)),
    st.tuples(st.just("date"), days),
    st.tuples(st.just("trust"), st.integers(1, 3)),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.tuples(*(statements for _ in RECORDS)),
    st.lists(st.tuples(st.lists(changes, max_size=3), st.booleans()), min_size=1, max_size=4),
)
def test_after_any_nights_the_golden_records_are_those_of_a_full_refresh(
    first: tuple[tuple[Any, ...], ...], later: list[tuple[list[Change], bool]]
) -> None:
    nights = Nights()
    for record, said in zip(RECORDS, first, strict=True):
        nights.state(record, *said)
    nights.run()
    for night, is_killed in later:
        for name, *arguments in night:
            getattr(nights, name)(*arguments)
        if is_killed:
            nights.run(is_killed=True)
        nights.run()
        assert nights.kept() == nights.elected_whole()
        assert nights.run() == 0
    nights.connection.close()


def test_only_those_are_elected_anew_of_whom_something_changed(nights: Nights) -> None:
    nights.run()
    before = nights.kept()
    assert nights.run() == 0
    nights.state("c", ("email", 4, 0, "y", False))
    assert nights.run() == 1
    assert {row for row in nights.kept() if row[0] != "c2"} == {row for row in before if row[0] != "c2"}


def test_a_record_that_moves_changes_both_customers_and_a_customer_without_records_goes(nights: Nights) -> None:
    nights.run()
    nights.belong("c", "c3")
    assert nights.run() == len([row for row in nights.kept() if row[0] == "c3"])
    assert {row[0] for row in nights.kept()} == {"c1", "c3"}
    assert nights.kept() == nights.elected_whole()


def test_a_parcel_counts_from_the_date_on_which_it_has_arrived(nights: Nights) -> None:
    nights.date(5)
    nights.order("a", 1, 5)
    nights.run()
    evidence = f"select count(*) from {nights.model.name} where evidence = 'delivered'"
    assert nights.rows(evidence) == [(0,)]
    nights.date(6)
    assert nights.run() > 0
    assert nights.rows(evidence) == [(1,)]
    nights.date(5)
    nights.run()
    assert nights.rows(evidence) == [(0,)]


def test_a_changed_rule_elects_everybody_anew(nights: Nights) -> None:
    nights.run()
    nights.belong("c", "c1")
    nights.run()
    by_rank = nights.kept()
    nights.trust(1)
    assert nights.run() == len(nights.kept())
    assert [row[:-1] for row in nights.kept()] != [row[:-1] for row in by_rank]
    assert nights.kept() == nights.elected_whole()


def test_what_a_killed_night_forgot_the_next_one_elects(nights: Nights) -> None:
    nights.run()
    nights.state("a", ("email", 0, 0, "z", False))
    assert nights.run(is_killed=True) == 0
    assert {row[0] for row in nights.kept()} == {"c2", "c3"}
    assert nights.run() > 0
    assert nights.kept() == nights.elected_whole()
