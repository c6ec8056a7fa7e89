"""The export of the sample's e-shop: JSON Lines, nested, instants in UTC, amounts as text, names of its own.

Belongs here: the shop's columns and words. Does not belong here: what happened (`outcomes`), and how lines are
written (`exports`). The mapping of these files is `mappings/webshop.yml`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ingestion.sample.exports import Export
from ingestion.sample.outcomes import NEVER, REASONS, TEST
from ingestion.sample.tender import KINDS, METHODS

ORDER_ID: Final = "cast(10000000 + visit.number as varchar)"
# Two nights on which the export failed: its rows came a day later.
EXPORT: Final = "case when version.export in (20, 33) then version.export + 1 else version.export end"
_STATES: Final = "['cart', 'new', 'paid', 'shipped', 'done', 'canceled', 'voided']"
_CHANNELS: Final = "['web', 'web', 'web', 'app', 'app', 'marketplace', 'social']"
_VERSIONS: Final = "order_version as version inner join visit on version.record = visit.pos"


def _list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


def _export(entity: str, source: str, key: str, columns: dict[str, str], *faults: dict[str, str]) -> Export:
    return Export(entity, source, key, columns, faults, EXPORT, "version.at")


def exports() -> tuple[Export, ...]:
    """Return the exports of the e-shop, but for its products."""
    return (_customers(), _consents(), _orders(), _order_lines(), _payments(), _discounts(), *_refunds(), _shipments())


def _customers() -> Export:
    columns = {
        "id": "customer_id",
        "email": "email",
        "email_confirmed": "is_verified",
        "phone": "case when version.moved then new_phone else phone end",
        "given_name": "first_name",
        "family_name": "last_name",
        "born": "birth_date",
        "sex": "lower(gender)",
        "loyalty_card": "linked_card",
        "address": "{'street': case when version.moved then new_street else street end,"
        " 'zip': postcode, 'town': city, 'country': country_code}",
        "locale": "language_code || '_' || country_code",
        "registered_at": "instant(created_at)",
        "changed_at": "instant(version.at)",
        "erased_at": f"instant(case when version.deleted then version.at else {NEVER} end)",
    }
    return Export(
        "customers",
        "account_version as version inner join account on version.record = account.pos",
        "customer_id",
        columns,
        (
            {"id": "null"},
            {"id": "customer_id || 'X'", "registered_at": "'31/31/2025'"},
            {"id": "customer_id || 'X'", "born": "'unknown'"},
        ),
        EXPORT,
        "version.at",
    )


def _consents() -> Export:
    return Export(
        "consents",
        "consent",
        "customer_id || channel || consent.at",
        {
            "customer": "customer_id",
            "medium": "channel",
            "opt_in": "case when granted then 'yes' else 'no' end",
            "at": "instant(consent.at)",
        },
        ({"medium": "'carrier pigeon'"}, {"at": "'yesterday'"}),
        "case when export in (20, 33) then export + 1 else export end",
        "consent.at",
    )


def _orders() -> Export:
    source = f"""{_VERSIONS}
        left join account on visit.person = account.person and visit.account = account.nth
        left join guest on visit.person = guest.person and visit.account < 0
        inner join country on visit.country = country.no"""
    columns = {
        "id": ORDER_ID,
        "number": "'EV-' || (100000 + visit.number)",
        "state": f"({_STATES})[version.state + 1]",
        "test": f"visit.fate = {TEST}",
        "channel": f"({_CHANNELS})[visit.number * 5 % 7 + 1]",
        "customer": "account.customer_id",
        "guest": "{'email': guest.email, 'phone': guest.phone,"
        " 'given_name': guest.first_name, 'family_name': guest.last_name}",
        "ship_to": "country.code",
        "currency": "country.currency",
        "totals": "{'discount': money(visit.discount), 'shipping': money(visit.shipping),"
        " 'tax': money(visit.tax), 'grand': money(visit.total)}",
        "subscription": "case when visit.subscription >= 0 then 'SUB-' || account.customer_id end",
        "placed_at": "instant(visit.at)",
        "canceled_at": "case when version.state = 5 then instant(least(visit.ended, version.at)) end",
        "changed_at": "instant(version.at)",
        "erased_at": "instant(version.deleted_at)",
    }
    bad = f"{ORDER_ID} || 'X'"
    negative = "{'discount': '0.00', 'shipping': '0.00', 'tax': '0.00', 'grand': '-' || money(visit.total)}"
    words = "{'discount': '0.00', 'shipping': 'free', 'tax': '0.00', 'grand': money(visit.total)}"
    faults = (
        {"id": bad, "totals": negative},
        {"id": bad, "totals": words},
        {"id": bad, "placed_at": "'2025-02-30T10:00:00Z'"},
        {"id": bad, "state": "'on_hold'"},
        {"id": "null"},
    )
    return _export("orders", source, ORDER_ID, columns, *faults)


def _order_lines() -> Export:
    source = f"""{_VERSIONS}
        inner join line on line.visit = visit.pos
        inner join product on line.product = product.no"""
    line_id = "cast(line.nth + 1 as varchar)"
    columns = {
        "order": ORDER_ID,
        "line": line_id,
        "product": "'P' || (100 + product.no)",
        "sku": "product.sku",
        "title": "product.name",
        "gift_card": "product.product_type = 'gift_card'",
        "qty": "line.quantity",
        "price": "money(line.price)",
        "discount": "money(line.discount)",
        "tax": "money(line.tax)",
        "order_changed_at": "instant(version.at)",
    }
    bad = f"{line_id} || 'X'"
    faults = (
        {"line": bad, "price": "'n/a'"},
        {"line": bad, "price": "'-' || money(line.price)"},
        {"line": "null"},
        {"line": bad, "qty": "-line.quantity"},
        {"order": "null"},
    )
    lines = _export("order_lines", source, f"{ORDER_ID} || '-' || line.nth", columns, *faults)
    return replace(lines, orphans={"order": f"'9' || {ORDER_ID}"})


def _payments() -> Export:
    source = f"{_VERSIONS} inner join payment on payment.visit = visit.pos and payment.at <= version.at"
    payment_id = f"'T' || {ORDER_ID} || '-' || payment.nth"
    columns = {
        "id": payment_id,
        "order": ORDER_ID,
        "type": f"({_list(KINDS)})[payment.kind + 1]",
        "result": "case when payment.fails then 'declined' when payment.settled <= version.at then 'ok' else 'open'"
        " end",
        "method": f"({_list(METHODS)})[payment.method + 1]",
        "amount": "money(payment.amount)",
        "points": "case when payment.points > 0 then payment.points end",
        "at": "instant(payment.at)",
        "changed_at": "instant(version.at)",
    }
    faults = (
        {"id": f"{payment_id} || 'X'", "amount": "'twelve'"},
        {"id": f"{payment_id} || 'X'", "result": "'maybe'"},
        {"id": "null"},
    )
    return _export("payments", source, payment_id, columns, *faults)


def _discounts() -> Export:
    of_lines = "select visit, nth, discount as amount, 0 as kind from line where discount > 0"
    of_orders = "select pos, null, order_discount, discount_kind from visit where order_discount > 0"
    source = f"{_VERSIONS} inner join ({of_lines} union all {of_orders}) as given on given.visit = visit.pos"
    discount_id = f"'D' || {ORDER_ID} || coalesce('-' || (given.nth + 1), '')"
    columns = {
        "id": discount_id,
        "order": ORDER_ID,
        "line": "cast(given.nth + 1 as varchar)",
        "code": "case given.kind when 1 then ['WELCOME10', 'SPRING10', 'FRIENDS', 'BLACK'][visit.number % 4 + 1] end",
        "type": "['sale', 'voucher', 'club', 'clerk'][given.kind + 1]",
        "amount": "money(given.amount)",
        "changed_at": "instant(version.at)",
    }
    faults = ({"id": f"{discount_id} || 'X'", "amount": "'10%'"}, {"id": "null"})
    return _export("discounts", source, discount_id, columns, *faults)


def _refunds() -> tuple[Export, Export]:
    seen = f"{_VERSIONS} inner join refund on refund.visit = visit.pos and refund.at <= version.at"
    headers = f"""{_VERSIONS} inner join (
            select visit, number, any_value(refund.at) as at, any_value(reason) as reason,
                sum(amount) as amount, sum(shipping) as shipping
            from refund group by visit, number
        ) as refund on refund.visit = visit.pos and refund.at <= version.at"""
    refund_id = f"'R' || {ORDER_ID} || '-' || (refund.number + 1)"
    header = {
        "id": refund_id,
        "order": ORDER_ID,
        "at": "instant(refund.at)",
        "reason": f"nullif(({_list(REASONS)})[refund.reason + 1], '')",
        "shipping": "money(refund.shipping)",
        "grand": "money(refund.amount + refund.shipping)",
        "changed_at": "instant(version.at)",
    }
    line = {
        "refund": refund_id,
        "line": "cast(refund.nth + 1 as varchar)",
        "order_line": "case when refund.names_line then cast(refund.nth + 1 as varchar) end",
        "product": "case when refund.names_line or refund.quantity > 0 then 'P' || (100 + refund.product) end",
        "qty": "refund.quantity",
        "amount": "money(refund.amount)",
        "tax": "money(refund.tax)",
        "refund_changed_at": "instant(version.at)",
    }
    bad = f"{refund_id} || 'X'"
    return (
        _export("refunds", headers, refund_id, header, {"id": bad, "at": "''"}, {"id": bad, "grand": "'-1.00'"}),
        _export(
            "refund_lines",
            f"{seen}",
            f"{refund_id} || '-' || refund.nth",
            line,
            {"line": "'X'", "amount": "'see note'"},
            {"line": "null"},
        ),
    )


def _shipments() -> Export:
    source = f"""{_VERSIONS} inner join parcel on visit.promised < {NEVER}
        and (parcel.no = 1 or (visit.number % 25 = 0 and visit.line_count > 1))"""
    shipment_id = f"'S' || {ORDER_ID} || '-' || parcel.no"
    columns = {
        "id": shipment_id,
        "order": ORDER_ID,
        "status": "case when visit.delivered <= version.at then 'delivered' when visit.shipped > version.at then"
        " 'pending' when visit.fails then 'failed' else 'shipped' end",
        "shipped_at": f"instant(case when visit.shipped <= version.at then visit.shipped else {NEVER} end)",
        "promised_at": "instant(visit.promised)",
        "delivered_at": f"instant(case when visit.delivered <= version.at then visit.delivered else {NEVER} end)",
        "changed_at": "instant(version.at)",
    }
    faults = ({"id": f"{shipment_id} || 'X'", "promised_at": "'soon'"}, {"id": "null"})
    return _export("shipments", source, shipment_id, columns, *faults)
