"""E-mail addresses as their provider reads them; typing errors are corrected, and no domain of anybody's is taken."""

from __future__ import annotations

import duckdb
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.identity.standardise import open_warehouse, standardise

MODEL = "int_customer_email__standardise"
# Domains that give mailboxes to people (or are a company's) and lie near a bigger one.
LEGITIMATE = [
    "mail.com",
    "email.com",
    "gmx.com",
    "gmx.net",
    "gmx.de",
    "ymail.com",
    "rocketmail.com",
    "aol.com",
    "mail.ru",
    "mail.gr",
    "freemail.gr",
    "in.gr",
    "forthnet.gr",
    "hol.gr",
    "yahoo.co.in",
    "yahoo.fr",
    "yahoo.de",
    "yahoo.ro",
    "yahoo.se",
    "hotmail.fr",
    "hotmail.gr",
    "live.com",
    "live.gr",
    "outlook.de",
    "outlook.com.gr",
    "me.com",
    "mac.com",
    "btconnect.com",
    "telia.se",
    "telia.fi",
    "t-online.de",
    "tonline.hu",
    "indamail.hu",
    "vipmail.hu",
    "citromail.com",
    "freemail.com",
    "gmail.gr",
    "gmail.ro",
    "gmail.hu",
    "gmail.co.uk",
    "otmail.com",
    "hmail.com",
    "tmail.com",
    "fmail.com",
    "smail.com",
    "zmail.com",
    "inmail.com",
    "cmail.com",
    "otenet.com",
    "hotmail.com.tr",
    "yahoo.com.tr",
    "company.co",
    "firm.cm",
    "shop.om",
    "start.up",
]
GENERIC_ENDS = {"com", "net", "org", "info", "biz", "name", "pro", "eu", "edu", "gov", "mil", "int", "co", "cm", "om"}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = open_warehouse()
    connection.execute("delete from identity_placeholder where placeholder_kind like 'email_domain%'")
    return connection


def read(connection: duckdb.DuckDBPyConnection, addresses: list[str]) -> list[str | None]:
    rows = standardise(connection, MODEL, [{"email": address} for address in addresses])
    return [rows[str(position)]["email"] if str(position) in rows else None for position in range(len(addresses))]


def test_no_domain_that_gives_mailboxes_is_taken_for_another(connection: duckdb.DuckDBPyConnection) -> None:
    addresses = [f"anna.k@{domain}" for domain in LEGITIMATE]
    kept = dict(zip(addresses, read(connection, addresses), strict=True))
    aliases = {"me.com", "mac.com"}
    assert {address: email for address, email in kept.items() if address != email} == {
        f"anna.k@{domain}": "anna.k@icloud.com" for domain in aliases
    }


def test_no_ending_that_exists_is_a_typing_error(connection: duckdb.DuckDBPyConnection) -> None:
    ends = {
        end for (end,) in connection.sql("select value from identity_email_typo where typo_kind = 'tld'").fetchall()
    }
    countries = {region.lower() for region in phonenumbers.SUPPORTED_REGIONS} | {"uk"}
    assert ends
    assert not ends & (GENERIC_ENDS | countries)


def test_a_typing_error_is_near_what_was_meant_and_no_provider(connection: duckdb.DuckDBPyConnection) -> None:
    far = """select value from identity_email_typo
        where damerau_levenshtein(value, canonical_value) > 2
        or value in (select email_domain from identity_email_provider)
        or value in (select canonical_value from identity_email_typo)"""
    assert connection.sql(far).fetchall() == []
    errors = [value for (value,) in connection.sql("select value from identity_email_typo").fetchall()]
    assert not set(errors) & set(LEGITIMATE)


local = st.text("abcxyz0189.+_-", min_size=1, max_size=12)
domain = st.sampled_from(
    ["gmail.com", "gmail.con", "googlemail.com", "hotmial.com", "freemail.hu", "pm.me", "a-b.co.uk"]
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.builds("{}@{}".format, local, domain), min_size=1, max_size=40))
def test_a_standard_address_stays_as_it_is_and_case_never_matters(
    connection: duckdb.DuckDBPyConnection, addresses: list[str]
) -> None:
    once = read(connection, addresses)
    assert read(connection, [address.upper() for address in addresses]) == once
    kept = [email for email in once if email is not None]
    assert read(connection, kept) == kept
