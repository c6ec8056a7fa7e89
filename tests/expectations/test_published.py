"""The audit of what would be published holds on good marts and names what was tampered with."""

from __future__ import annotations

import pytest

from expectations import AuditResult, ExpectationResult, audit_published
from expectations.published.state import AuditError
from ingestion.settings import Settings
from tests.expectations import warehouse


@pytest.fixture
def built(settings: Settings) -> Settings:
    """A retailer whose marts are built and published."""
    warehouse.build(settings)
    warehouse.publish(settings)
    return settings


def result(audit: AuditResult, name: str) -> ExpectationResult:
    return next(each for each in audit.results if each.name == name)


def names(results: tuple[ExpectationResult, ...]) -> set[str]:
    return {each.name for each in results}


def test_good_marts_pass_twice(built: Settings) -> None:
    for _ in range(2):
        audit = audit_published(built)
        assert audit.failed == ()
        assert audit.success


def test_the_first_night_has_nothing_to_compare_with(settings: Settings) -> None:
    warehouse.build(settings)
    audit = audit_published(settings)
    assert audit.failed == ()
    assert not names(audit.results) & {"rows_kept", "contract_unbroken", "headline_kpi_steady"}


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("alter table customer.fct_order drop customer_id",
         {"contract_kept", "contract_unbroken", "orders_known_share"}),
        ("alter table feedback.nps_daily alter nps type integer", {"contract_kept", "contract_unbroken"}),
        ("drop table feedback.nps_daily", {"contract_kept", "contract_unbroken", "nps_within_scale"}),
        ("update customer.fct_order set customer_id = null", {"orders_known_share"}),
        ("delete from customer.fct_order where order_key like '%1' or order_key like '%2'", {"rows_kept"}),
        ("update customer.fct_order set discount_amount_reporting = 70", {"discount_rate"}),
        ("update customer.fct_order set returned_amount_reporting = 60", {"return_rate"}),
        ("update feedback.nps_daily set nps = 131.5", {"nps_within_scale"}),
        ("update growth.headline_kpi set value = 80", {"headline_kpi_steady"}),
        ("update growth.headline_kpi set as_of_date = as_of_date - 1", {"headline_kpi_as_of"}),
        ("update loyalty.loyalty_status set tier_code = 'gold'", {"members_by_tier_steady"}),
        ("update customer.fct_order set order_date = order_date - 30", {"orders_fresh"}),
        ("alter table loyalty.loyalty_status add email text", {"no_personal_columns"}),
        ("update customer.fct_order set order_key = 'guest ann@example.org' where order_key = 'shop:o7'",
         {"no_email_addresses"}),
        ("update customer.fct_order set source_system = '+306941234785' where order_key = 'shop:o7'",
         {"no_personal_values"}),
        ("update customer.fct_order set source_system = ' ANN example' where order_key = 'shop:o7'",
         {"no_personal_values"}),
        ("update loyalty.loyalty_status set tier_code = 'main street 12' where customer_id = 'c7'",
         {"no_personal_values"}),
    ],
)  # fmt: skip
def test_tampered_marts_fail_where_they_were_tampered_with(built: Settings, statement: str, broken: set[str]) -> None:
    warehouse.tamper(built, statement)
    assert names(audit_published(built).failed) == broken


def test_what_holds_back_and_what_does_not(built: Settings) -> None:
    warehouse.tamper(
        built,
        "update growth.headline_kpi set value = 80",
        "update customer.fct_order set discount_amount_reporting = 70",
    )
    audit = audit_published(built)
    assert names(audit.blocking) == {"discount_rate"}
    assert names(audit.failed) - names(audit.blocking) == {"headline_kpi_steady"}
    assert "discount_rate" in audit.summary()


def test_an_address_is_found_and_not_shown(built: Settings) -> None:
    warehouse.tamper(built, "update customer.fct_order set source_system = 'for ann@example.org'")
    audit = audit_published(built)
    assert result(audit, "no_email_addresses").rows == (
        {
            "table_name": "customer.fct_order",
            "column_name": "source_system",
            "row_count": "1000",
            "example": "a***@***",
        },
    )
    pages = [page.read_text(encoding="utf-8") for page in audit.docs_index.parent.rglob("*.html")]
    assert not any("ann@example.org" in page for page in pages)


def test_another_shop_is_not_compared_with_the_sample_retailer(built: Settings) -> None:
    warehouse.tamper(
        built,
        "update audit.source_freshness set source_system = 'my_shop'",
        "delete from customer.fct_order where order_date < current_date - 10",
        "update growth.headline_kpi set value = 2",
    )
    assert not names(audit_published(built).results) & {"rows_kept", "headline_kpi_steady"}


def test_an_audit_without_marts_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(AuditError, match="build the marts first"):
        audit_published(settings)
