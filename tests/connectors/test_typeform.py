"""Landing an account of Typeform: complete, incremental, and what was deleted is found."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.connectors.conftest import Retailer
from tests.connectors.typeform import TypeformAccount

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def account(retailer: Retailer) -> TypeformAccount:
    account = TypeformAccount()
    retailer.connect("voice", "typeform", account)
    account.add_form("abc")
    account.add_form("xyz")
    return account


def assert_equal(retailer: Retailer, account: TypeformAccount) -> None:
    retailer.assert_holds("voice", account.truth())


def test_changes_of_forms_and_responses_arrive_and_nothing_twice(
    retailer: Retailer, account: TypeformAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.typeform.reader.PAGE", 4)
    for n in range(11):
        account.respond("abc", at=NOW - dt.timedelta(days=9 * n))
    half = account.leave_half_way("abc", NOW - dt.timedelta(hours=3))
    gone = account.respond("xyz", at=NOW - dt.timedelta(days=3))
    retailer.land("voice")
    assert_equal(retailer, account)
    assert all(entity.rows_landed == 0 for entity in retailer.land("voice").entities.values())

    account.complete("abc", half["token"])
    del account.responses["xyz"][gone["token"]]
    account.respond("xyz")
    account.forms["abc"]["title"] = "Another title"
    retailer.land("voice")
    assert_equal(retailer, account)
    assert retailer.findings("voice") == []


def test_a_form_that_is_deleted_is_a_tombstone_and_its_responses_too(
    retailer: Retailer, account: TypeformAccount
) -> None:
    account.respond("xyz")
    retailer.land("voice")
    del account.forms["xyz"]
    del account.responses["xyz"]
    retailer.land("voice")
    assert_equal(retailer, account)


def test_only_the_chosen_forms_are_read(retailer: Retailer, account: TypeformAccount) -> None:
    retailer.sections["voice"] += 'forms = ["xyz"]\n'
    retailer.write()
    account.respond("abc")
    account.respond("xyz")
    retailer.land("voice")
    assert set(retailer.latest("voice")["forms"]) == {"xyz"}
    assert len(retailer.latest("voice")["responses"]) == 1
