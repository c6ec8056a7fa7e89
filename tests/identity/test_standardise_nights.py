"""A night that standardises what has changed gives, row for row, the tables of one that standardises everything."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.identity.standardise import RECORD, REFERENCE, STORE, open_warehouse, put
from tests.identity.standardise_nights import digests_of, models, run_night

KEYS: Final = [f"shop:eshop_account:{number}" for number in range(14)]
VERSION: Final = ["customer_version_key", "email", "phone", "country_code", "is_newest"]
INCREMENTAL: Final = tuple(model for model in models() if digests_of(model))
DATES: Final = ["2026-10-31", "2026-11-01", "2027-01-01"]
SHOP_EMAIL, SHOP_PHONE, SHOP_STREET = "shop@tills.gr", "210 321 4567", "Ερμού 1"
# Each changes what is read, and is undone by its second text.
RULES: Final = {
    "a placeholder more": (
        "insert into identity_placeholder (placeholder_kind, value, reason) values ('name', 'papas', 'a test')",
        "delete from identity_placeholder where reason = 'a test'",
    ),
    "another cap": ("update identity_setting set name_cap = 1", "update identity_setting set name_cap = 2"),
    "another nickname": (
        "insert into identity_nickname (language_code, nickname, given_name, is_certain)"
        " values ('en', 'anna', 'joanna', true)",
        "delete from identity_nickname where given_name = 'joanna'",
    ),
}
# Few words, so that records tell of one another: which word is a family name, how common it is, what is shared.
WORDS: Final = ["Anna", "Άννα", "Papas", "Παπάς", "Kostas", "Bill", "A.", "Dr. Maria Elena", "Berg"]
TEXTS: Final[dict[str, list[str]]] = {
    "first_name": WORDS,
    "last_name": WORDS,
    "full_name": ["Papas Anna", "Anna Papas", "Berg, Bill", "Kostas A.", "Guest"],
    "email": ["anna.papas@a.gr", "Anna.Papas+x@gmial.com", "till@b.gr", "papas@b.gr", SHOP_EMAIL, "nobody"],
    "phone": ["694 123 4785", "0030 694 123 4786", SHOP_PHONE, "12"],
    "country_code": ["GR", "HU", "GB"],
    "language_code": ["el", "en"],
    "gender": ["Γυναίκα", "Herr"],
    "loyalty_card_number": ["ab 10-23", "0001 0243", "17"],
    "card_status": ["active", "blocked"],
    "street": ["Papagu 50", SHOP_STREET],
    "house_number": ["7", "12A"],
    "postcode": ["105 63", "40184"],
    "city": ["Αθήνα", "Ioannina"],
    "birth_date_text": ["05/06/09", "5.6.1980", "1.1.1990", "31/12/1926"],
    "birth_date": ["1980-05-06"],
    "birth_year": ["1975", "1926"],
    "is_deleted": ["true"],
}
REST: Final = {
    "source_system": "shop",
    "source_id": "1",
    "is_contact_from_invite": "false",
    "created_at": "2026-01-01 10:00:00",
}


def record() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what a record says."""
    texts = {name: st.none() | st.sampled_from(values) for name, values in TEXTS.items()}
    kinds = st.sampled_from(["eshop_account", "loyalty_card", "review_author"])
    drawn = st.fixed_dictionaries({"record_type": kinds, **texts})
    return drawn.map(lambda said: REST | said | {"is_deleted": said["is_deleted"] or "false"})


def night() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is other on a night than on the night before."""
    return st.fixed_dictionaries(
        {
            "said": st.dictionaries(st.sampled_from(KEYS), record(), max_size=4),
            "withdrawn": st.sets(st.sampled_from(KEYS), max_size=2),
            "former": st.dictionaries(st.sampled_from(["was:1", "was:2"]), st.sampled_from(TEXTS["email"]), max_size=1),
            "referring": st.sets(st.sampled_from(KEYS), max_size=2),
            "shop": st.sampled_from([None, None, "email", "phone", "street"]),
            "as_of": st.sampled_from(DATES),
            "rule": st.sampled_from([None, None, *RULES]),
            "killed_before": st.sampled_from(["", "", *INCREMENTAL]),
        }
    )


class Shop:
    """What the tables of a night hold; warehouses are filled from it."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.former: dict[str, str] = {}
        self.referring: set[str] = set()
        self.shop: str | None = None
        self.rule: str | None = None

    def change(self, night: dict[str, Any]) -> None:
        """Let a night's changes happen."""
        self.records |= night["said"]
        for key in night["withdrawn"]:
            self.records.pop(key, None)
        self.former |= night["former"]
        self.referring, self.shop, self.rule = night["referring"], night["shop"], night["rule"]

    def fill(self, connection: duckdb.DuckDBPyConnection) -> str:
        """Put all of it into a warehouse, and return the text that tells the rules from others."""
        for rule, (done, undone) in RULES.items():
            connection.execute(undone)
            if rule == self.rule:
                connection.execute(done)
        rows = [{"customer_record_key": key, **said} for key, said in self.records.items()]
        put(connection, "int_customer_record__unify", RECORD, rows)
        buyers = [{"customer_record_key": key, "referenced_record_key": KEYS[0]} for key in sorted(self.referring)]
        put(connection, "int_customer_reference__resolve", REFERENCE, buyers)
        versions = [{"customer_version_key": key, "email": email, "phone": "694 123 4785", "country_code": "GR"}
                    for key, email in self.former.items()]  # fmt: skip
        put(connection, "int_customer_version__unify", VERSION, [row | {"is_newest": "false"} for row in versions])
        owned = {"email": SHOP_EMAIL, "phone": SHOP_PHONE, "street": SHOP_STREET}
        store = {"source_system": "till", "store_id": "1", "country_code": "GR", "postcode": "105 63"}
        stores = [store | {self.shop: owned[self.shop]}] if self.shop else []
        put(connection, "stg_pos__stores", STORE, stores)
        return self.rule or "as they are"


def rows(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every model."""
    columns = {model: sorted(connection.table(model).columns) for model in models()}
    return {
        model: connection.sql(f"select {', '.join(columns[model])} from {model} order by all").fetchall()
        for model in models()
    }


@pytest.fixture(scope="module")
def warehouses() -> list[duckdb.DuckDBPyConnection]:
    opened = [open_warehouse() for _ in range(2)]
    for connection in opened:
        connection.execute("set threads = 1; update identity_setting set name_cap = 2, record_cap = 3")
    return opened


@pytest.mark.slow
@given(
    nights=st.lists(night(), min_size=2, max_size=4), first=st.dictionaries(st.sampled_from(KEYS), record(), min_size=6)
)
@settings(max_examples=8)
def test_what_changed_gives_what_everything_gives(
    warehouses: list[duckdb.DuckDBPyConnection], nights: list[dict[str, Any]], first: dict[str, dict[str, Any]]
) -> None:
    kept, anew = warehouses
    shop = Shop()
    shop.records = first
    run_night(kept, DATES[0], shop.fill(kept), whole=True)
    for night in nights:
        shop.change(night)
        rules = shop.fill(kept)
        if night["killed_before"]:
            run_night(kept, night["as_of"], rules, killed_before=night["killed_before"])
        run_night(kept, night["as_of"], rules)
        run_night(anew, night["as_of"], shop.fill(anew), whole=True)
        assert rows(kept) == rows(anew)


def person(number: int) -> dict[str, Any]:
    """Return a record of somebody who shares nothing with anybody."""
    word = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")
    return REST | {
        "record_type": "eshop_account",
        "first_name": f"Anna{word}",
        "last_name": f"Papas{word}",
        "email": f"{word}@a.gr",
        "phone": f"694 123 {4000 + number}",
        "country_code": "GR",
        "street": f"Papagu {number + 1}",
        "postcode": str(10000 + number),
        "city": "Αθήνα",
        "is_deleted": "false",
    }


def test_only_what_changed_is_computed(warehouses: list[duckdb.DuckDBPyConnection]) -> None:
    kept, _ = warehouses
    shop = Shop()
    shop.records = {str(number): person(number) for number in range(200)}
    run_night(kept, DATES[0], shop.fill(kept), whole=True)
    assert set(run_night(kept, DATES[1], shop.fill(kept)).values()) == {0}
    shop.records["7"] = person(7) | {"phone": "694 999 9999"}
    shop.records["300"] = person(300)
    computed = run_night(kept, DATES[1], shop.fill(kept))
    # Of a name that is commoner now, every bearer is compared by another weight.
    assert computed.pop("int_customer_record__compare") < 10
    assert set(computed.values()) == {2}
    everybody = dict.fromkeys(INCREMENTAL, 201)
    assert run_night(kept, "2027-01-01", shop.fill(kept)) == everybody
    shop.shop = "email"
    assert run_night(kept, "2027-01-01", shop.fill(kept)) == everybody


@pytest.mark.parametrize("column", [name for name in RECORD if name != "customer_record_key"])
def test_whatever_a_record_says_is_in_its_digest(warehouses: list[duckdb.DuckDBPyConnection], column: str) -> None:
    """A column that the digest leaves out is one of which a change is never read."""
    kept, _ = warehouses
    shop, digests = Shop(), []
    other = {"birth_date": "1980-05-07", "birth_year": "1999", "created_at": str(dt.datetime(2026, 2, 1)),
             "is_deleted": "true", "is_contact_from_invite": "true"}  # fmt: skip
    for said in (person(1), person(1) | {column: other.get(column, "other")}):
        shop.records = {"1": said}
        run_night(kept, DATES[0], shop.fill(kept), whole=True)
        digests += kept.sql("select input_digest from int_customer_record__standardise").fetchall()
    assert digests[0] != digests[1]
