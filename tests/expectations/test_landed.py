"""The audit of what landed holds on good data, names tampered rows, and holds again when they are mended."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from expectations import AuditResult, ExpectationResult, audit_landed
from ingestion.settings import Settings
from tests.expectations.conftest import COLUMNS, LINES, ORDERS, orders
from tests.expectations.lake import AS_OF, Lake


def result(audit: AuditResult, name: str) -> ExpectationResult:
    return next(each for each in audit.results if each.name == name)


def failed(settings: Settings) -> set[str]:
    return {each.name for each in audit_landed(settings, "shop", "eshop").failed}


def shop(settings: Settings, query: str) -> Lake:
    lake = Lake(Path(settings.lake_url))
    lake.land("eshop", "shop", "orders", query)
    return lake


def test_good_data_pass_twice(settings: Settings, lake: Lake) -> None:
    for _ in range(2):
        audit = audit_landed(settings, "shop", "eshop")
        assert audit.failed == ()
        assert {each.table for each in audit.results} == {"lake_eshop.orders", "lake_eshop.order_lines"}


def test_a_negative_total_holds_back_until_it_is_mended(settings: Settings, lake: Lake) -> None:
    order = (
        f"select * replace ({{}} as total_amount, updated_at + interval {{}} day as updated_at) from ({ORDERS}) limit 1"
    )
    lake.land("eshop", "shop", "orders", order.format("-20", 1), file="bad.csv")
    for _ in range(2):
        audit = audit_landed(settings, "shop", "eshop")
        assert [each.name for each in audit.blocking] == ["orders_within_contract"]
        assert result(audit, "orders_within_contract").rows == (
            {
                "order_id": "o0-0",
                "column_name": "total_amount",
                "column_value": "-20.0000",
                "_source_file": "bad.csv",
                "_source_row": "1",
            },
        )
    lake.land("eshop", "shop", "orders", order.format("20", 2), file="good.csv")
    assert failed(settings) == set()


def test_a_bad_line_is_mended_by_a_version_of_its_order_without_it(settings: Settings, lake: Lake) -> None:
    bad = "select 'o0-0' as order_id, '2' as line_id, -1 as quantity, 1 as unit_price, {} as order_updated_at"
    version = f"(select max(order_updated_at) + interval {{}} hour from ({LINES}))"
    lake.land("eshop", "shop", "order_lines", bad.format(version.format(1)))
    assert failed(settings) == {"order_lines_within_contract"}
    whole = f"select * replace ({version.format(2)} as order_updated_at) from ({LINES}) where order_id = 'o0-0'"
    lake.land("eshop", "shop", "order_lines", whole)
    assert failed(settings) == set()


def test_another_system_is_not_looked_at(settings: Settings, lake: Lake) -> None:
    lake.land("eshop", "other", "orders", f"select * replace (-1 as total_amount) from ({ORDERS})")
    assert failed(settings) == set()


def test_a_lasting_drop_to_a_tenth_holds_back(settings: Settings) -> None:
    shop(settings, orders("day >= 3 or nth < 4"))
    audit = audit_landed(settings, "shop", "eshop")
    assert [each.name for each in audit.blocking] == ["orders_volume_lasting"]
    assert [(row["business_date"], row["row_count"]) for row in result(audit, "orders_volume_lasting").rows] == [
        (str(AS_OF - timedelta(days=day)), "4") for day in (2, 1, 0)
    ]


def test_one_quiet_day_is_looked_at_and_holds_nothing_back(settings: Settings) -> None:
    shop(settings, orders("day <> 2 or nth < 4"))
    audit = audit_landed(settings, "shop", "eshop")
    assert audit.success
    assert [row["business_date"] for row in result(audit, "orders_volume_of_each_day").rows] == [
        str(AS_OF - timedelta(days=2))
    ]


def test_seasons_weekdays_and_new_shops_are_no_faults(settings: Settings) -> None:
    tripled = " union all ".join(orders("day < 7", order_id=f"{COLUMNS['order_id']} || '/{copy}'") for copy in range(2))
    shop(settings, f"select * from ({ORDERS} union all {tripled}) where dayofweek(ordered_at) <> 0")
    assert failed(settings) == set()


def test_a_short_history_is_not_judged(settings: Settings) -> None:
    shop(settings, orders("day < 20 and (day > 2 or nth = 0)"))
    assert failed(settings) == set()


def test_a_silent_system_is_stale_and_holds_nothing_back(settings: Settings) -> None:
    shop(settings, orders("day > 5"))
    audit = audit_landed(settings, "shop", "eshop")
    assert audit.success
    assert [each.name for each in audit.failed] == ["orders_fresh"]
    assert result(audit, "orders_fresh").observed.startswith("2026-10-25")


def test_a_system_that_never_landed_is_stale(settings: Settings) -> None:
    audit = audit_landed(settings, "shop", "eshop")
    assert audit.success
    assert [each.name for each in audit.failed] == ["orders_fresh"]


def test_a_lost_decimal_comma_holds_back(settings: Settings) -> None:
    shop(settings, orders(total_amount="if(day < 7, 100, 1) * (20 + nth)"))
    assert failed(settings) == {"orders_typical_amount"}


def test_a_wrong_date_format_holds_back_and_a_flat_battery_does_not(settings: Settings) -> None:
    moved = f"if(nth = 0, timestamp '1970-01-01', {COLUMNS['ordered_at']})"
    lake = shop(settings, orders("day < 3", ordered_at=moved))
    lake.land("eshop", "shop", "orders", orders("day >= 3"))
    assert failed(settings) == set()
    lake.land("eshop", "shop", "orders", orders("day < 120", ordered_at=moved))
    assert failed(settings) == {"orders_time_believable"}


def test_one_file_that_says_two_things_is_looked_at(settings: Settings) -> None:
    shop(settings, f"from ({ORDERS}) union all select * replace (total_amount + 1 as total_amount) from ({ORDERS})")
    audit = audit_landed(settings, "shop", "eshop")
    assert audit.success
    assert [each.name for each in audit.failed] == ["orders_versions_agree"]


def test_no_personal_column_is_read(settings: Settings) -> None:
    lake = Lake(Path(settings.lake_url))
    lake.land(
        "pos",
        "till",
        "sales",
        f"select 's1' as sale_id, 'secret-card' as card_number, 'lost' as status, 'EUR' as currency_code, "
        f"timestamp '{AS_OF}' as sold_at",
    )
    lake.land(
        "pos",
        "till",
        "loyalty_cards",
        f"select 'secret-card' as card_number, 'lost' as card_status, timestamp '{AS_OF}' as registered_at",
    )
    audit = audit_landed(settings, "till", "pos")
    assert result(audit, "loyalty_cards_within_contract").rows[0]["column_value"] == "lost"
    assert result(audit, "sales_within_contract").rows[0]["column_value"] == "lost"
    pages = "".join(page.read_text(encoding="utf-8") for page in audit.docs_index.parent.rglob("*.html"))
    assert "secret-card" not in audit.summary() + pages


def test_data_docs_link_to_pages_that_exist_and_show_the_rows(settings: Settings, lake: Lake) -> None:
    lake.land("eshop", "shop", "orders", f"select * replace ('lost' as status) from ({ORDERS}) limit 1")
    audit = audit_landed(settings, "shop", "eshop")
    assert audit.docs_index == settings.audit_path / "index.html"
    for page in settings.audit_path.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#?]+\.(?:html|css|js|png))', page.read_text(encoding="utf-8")):
            assert not link.startswith("http"), f"{page} needs the network for {link}"
            assert (page.parent / unquote(link)).is_file(), f"{page} links to {link}"
    assert "o0-0" in result(audit, "orders_within_contract").docs.read_text(encoding="utf-8")
    listed = (settings.audit_path / "landed" / "shop" / "index.html").read_text(encoding="utf-8")
    assert all(html.escape(each.reason) in listed for each in audit.results)


@pytest.mark.parametrize("kind", ["pos", "survey"])
def test_every_kind_can_be_audited(settings: Settings, kind: str) -> None:
    assert audit_landed(settings, "nobody", kind).success  # type: ignore[arg-type]
