"""The golden record of many nights: what is elected anew for whom something changed equals what is elected for all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import duckdb
import pytest
from hypothesis import given, settings
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
create table int_customer_version__describe (
    customer_version_key varchar, customer_record_key varchar, source_system varchar, record_type varchar,
    stated_at timestamp, valid_from date, valid_to date, given_name varchar, family_name varchar, full_name varchar,
    email varchar, canonical_email varchar, phone varchar, birth_date varchar, gender varchar, street varchar,
    house_number varchar, postcode varchar, city varchar, address_country_code varchar, country_code varchar,
    language_code varchar, is_email_verified boolean, is_phone_verified boolean, is_identity_checked boolean
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
VERSIONS: Final = f"{FOLDER}/int_customer_version__digest.sql"
CUSTOMERS: Final = f"{FOLDER}/int_customer_golden__digest.sql"
GATHER: Final = IncrementalModel(f"{FOLDER}/int_customer_golden__gather.sql", VERSIONS, "customer_record_key")
ELECT: Final = IncrementalModel(f"{FOLDER}/int_customer_golden__elect.sql", CUSTOMERS, "customer_id")
UNPIVOT: Final = IncrementalModel(f"{FOLDER}/int_customer_golden__unpivot.sql", CUSTOMERS, "customer_id")
MODELS: Final = (GATHER, ELECT, UNPIVOT)  # in the order of the night
Change = tuple[Any, ...]
Version = tuple[int, int, str | None, str | None, bool]  # first day, days (0: no end), e-mail, city, verified


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
        self.as_of = FIRST + dt.timedelta(DAYS)
        self.rules = RULES
        self.trust(2)
        for record in RECORDS:
            self.belong(record, "c1")

    def state(self, record: str, *versions: Version) -> None:
        """Replace the versions of a record; the last one holds until another begins, or for its days."""
        self.connection.execute(f"delete from int_customer_version__describe where customer_record_key = {key(record)}")
        by_start = sorted({version[0]: version for version in versions}.values())
        followed = [*(version[0] for version in by_start[1:]), DAYS]
        for (start, days, value, city, verified), following in zip(by_start, followed, strict=False):
            begin = FIRST + dt.timedelta(start)
            end = FIRST + dt.timedelta(min(start + days, following)) if days or following < DAYS else None
            self.connection.execute(
                "insert into int_customer_version__describe by name select $1 as customer_version_key,"
                f" {key(record)} as customer_record_key, 'shop' as source_system, $2 as record_type,"
                " $3::timestamp as stated_at, $4::date as valid_from, $5::date as valid_to, $6 as email,"
                " $6 as canonical_email, $7 as city, $8 as is_email_verified, false as is_phone_verified,"
                " false as is_identity_checked",
                [
                    f"{record}{start}", "loyalty_card" if record == "c" else "eshop_account",
                    dt.datetime.combine(begin, dt.time(10)), begin, end, value, city, verified,
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

    def run(self, killed: str | None = None) -> dict[str, int]:
        """Run a night, up to the model that it is killed in, and return how many rows each model appended."""
        appended: dict[str, int] = {}
        for model in MODELS:
            if model is ELECT:
                self.connection.execute(f"create or replace table int_customer_golden__prove as {prove(self.as_of)}")
            appended[model.name] = model.run(self.connection, self.rules, is_killed=model.name == killed)
            if model.name == killed:
                break
        return appended

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def kept(self, model: IncrementalModel) -> list[tuple[Any, ...]]:
        return self.rows(f"select * from {model.name} order by all")

    def whole(self, model: IncrementalModel) -> list[tuple[Any, ...]]:
        """What a full refresh makes of what the model reads."""
        return self.rows(f"select * from ({model.whole(self.rules)}) order by all")

    def is_as_refreshed(self) -> bool:
        return all(self.kept(model) == self.whole(model) for model in MODELS)


@pytest.fixture
def nights() -> Iterator[Nights]:
    made = Nights()
    made.state("a", (0, 0, "x", "Xanthi", False))
    made.state("b", (2, 0, "y", "Yeovil", False))
    made.state("c", (4, 0, "z", None, False))
    made.state("d", (1, 5, "x", None, True))
    made.belong("c", "c2")
    made.belong("d", "c3")
    yield made
    made.connection.close()


days = st.integers(0, DAYS - 1)
versions = st.lists(
    st.tuples(days, st.integers(0, 5), st.sampled_from(["x", "y", None]), st.sampled_from("XY"), st.booleans()),
    max_size=3,
).map(tuple)
records = st.sampled_from(RECORDS)
changes = st.one_of(
    st.tuples(st.just("state"), records, versions).map(lambda each: (each[0], each[1], *each[2])),
    st.tuples(st.just("belong"), records, st.sampled_from(["c1", "c2", "c3", None])),
    st.tuples(st.just("order"), st.sampled_from("ab"), days, st.integers(0, 5)),
    st.tuples(st.just("date"), days),
    st.tuples(st.just("trust"), st.integers(1, 3)),
)
killed = st.none() | st.sampled_from([model.name for model in MODELS])


@pytest.mark.slow
@settings(max_examples=15)
@given(
    st.tuples(*(versions for _ in RECORDS)),
    st.lists(st.tuples(st.lists(changes, max_size=3), killed), min_size=1, max_size=3),
)
def test_after_any_nights_the_golden_records_are_those_of_a_full_refresh(
    first: tuple[tuple[Version, ...], ...], later: list[tuple[list[Change], str | None]]
) -> None:
    nights = Nights()
    for record, said in zip(RECORDS, first, strict=True):
        nights.state(record, *said)
    nights.run()
    for night, killed_in in later:
        for name, *arguments in night:
            getattr(nights, name)(*arguments)
        if killed_in:
            nights.run(killed_in)
        nights.run()
        assert nights.is_as_refreshed()
    assert not any(nights.run().values())
    nights.connection.close()


def test_only_those_are_elected_anew_of_whom_something_changed(nights: Nights) -> None:
    nights.run()
    before = nights.kept(ELECT)
    assert not any(nights.run().values())
    nights.state("c", (4, 0, "y", None, False))
    assert nights.run() == {GATHER.name: 1, ELECT.name: 1, UNPIVOT.name: 1}
    assert {row for row in nights.kept(ELECT) if row[0] != "c2"} == {row for row in before if row[0] != "c2"}


def test_a_record_that_moves_changes_both_customers_and_a_customer_without_records_goes(nights: Nights) -> None:
    nights.run()
    nights.belong("c", "c3")
    assert nights.run()[ELECT.name] == len([row for row in nights.kept(ELECT) if row[0] == "c3"])
    assert {row[0] for row in nights.kept(ELECT)} == {"c1", "c3"}
    assert nights.is_as_refreshed()


def test_a_parcel_counts_from_the_date_on_which_it_has_arrived(nights: Nights) -> None:
    evidence = f"select count(*) from {UNPIVOT.name} where evidence = 'delivered'"
    nights.order("a", 1, 5)
    for day, proven in ((5, 0), (6, 1), (5, 0)):
        nights.date(day)
        nights.run()
        assert nights.rows(evidence) == [(proven,)]


def test_a_changed_rule_elects_everybody_anew(nights: Nights) -> None:
    nights.belong("c", "c1")
    nights.run()
    former = [row[:-1] for row in nights.kept(UNPIVOT)]
    nights.trust(1)
    assert nights.run() == {model.name: len(nights.kept(model)) for model in MODELS}
    assert [row[:-1] for row in nights.kept(UNPIVOT)] != former
    assert nights.is_as_refreshed()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_a_killed_night_forgot_the_next_one_makes(nights: Nights, model: IncrementalModel) -> None:
    nights.run()
    whole = len(nights.kept(model))
    nights.state("a", (0, 0, "z", "Zagreb", False))
    nights.run(model.name)
    assert len(nights.kept(model)) < whole
    nights.run()
    assert len(nights.kept(model)) == whole
    assert nights.is_as_refreshed()


def test_what_is_elected_without_what_a_killed_night_forgot_is_elected_again(nights: Nights) -> None:
    """Somebody may run one model alone, after a night that was killed."""
    nights.run()
    nights.state("a", (0, 0, "z", "Zagreb", False))
    nights.run(GATHER.name)
    ELECT.run(nights.connection, nights.rules)
    nights.run()
    assert nights.is_as_refreshed()
