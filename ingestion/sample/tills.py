"""The export of the sample's tills: CSV with semicolons, decimal commas, local time and a Greek code page.

Belongs here: the till vendor's columns and words. Does not belong here: what happened (`outcomes`), and how lines are
written (`exports`). The mapping of these files is `mappings/tills.yml`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ingestion.sample.exports import Export
from ingestion.sample.outcomes import REASONS, TEST
from ingestion.sample.tender import METHODS

ENCODING: Final = "cp1253"
DATE: Final = "'%d.%m.%Y'"
MOMENT: Final = "'%d.%m.%Y %H:%M:%S'"
SALE_ID: Final = "store.code || '-' || (visit.number % 4 + 1) || '-' || lpad(cast(visit.number as varchar), 9, '0')"
# Two days of one store that reached the head office three days later.
EXPORT: Final = (
    "case when version.export in (12, 13) and visit.store = 4 then version.export + 3 else version.export end"
)
_VERSIONS: Final = """sale_version as version
        inner join visit on version.record = visit.pos
        inner join store on visit.store = store.no
        inner join country on visit.country = country.no"""
_TENDERS: Final = [
    {"card": "KARTE", "cash": "BAR", "gift_card": "GUTSCHEIN", "points": "PUNKTE"}.get(m, "APP") for m in METHODS
]


def exports() -> tuple[Export, ...]:
    """Return the exports of the tills, but for the list of stores."""
    return (_cards(), _sales(), _lines(), _payments(), _returns())


def _export(entity: str, source: str, key: str, columns: dict[str, str], *faults: dict[str, str]) -> Export:
    return Export(entity, source, key, columns, faults, EXPORT, "version.local_at")


def _cards() -> Export:
    columns = {
        "KartenNr": "card_number",
        "Status": "case when version.deleted then 'G' when version.replaced then 'E' else 'A' end",
        "Mail": "email",
        "Telefon": "case when version.moved then new_phone else phone end",
        "Vorname": "first_name",
        "Nachname": "last_name",
        "Geburt": "strftime(cast(birth_date as date), '%d.%m.%Y')",
        "Anrede": "case gender when 'F' then 'Frau' when 'M' then 'Herr' end",
        "Strasse": "street",
        "PLZ": "postcode",
        "Ort": "card.city",
        "Land": "card.country_code",
        "Filiale": "store.code",
        "Ausgabe": f"wall(registered_local, {MOMENT})",
        "Stand": f"wall(version.local_at, {MOMENT})",
    }
    return Export(
        "loyalty_cards",
        """card_version as version
        inner join card on version.record = card.pos
        inner join store on card.store = store.no""",
        "card_number",
        columns,
        (
            {"KartenNr": "null"},
            {"KartenNr": "card_number || 'X'", "Ausgabe": "'00.00.0000 00:00:00'"},
            {"KartenNr": "card_number || 'X'", "Status": "'?'"},
        ),
        "version.export",
        "version.local_at",
    )


def _sales() -> Export:
    columns = {
        "BonNr": SALE_ID,
        "Filiale": "store.code",
        "Kasse": "visit.number % 4 + 1",
        "Kundenkarte": "card.card_number",
        "Status": "['W', 'A', 'S', 'U'][version.state + 1]",
        "Training": f"case when visit.fate = {TEST} then 'J' else 'N' end",
        "Waehrung": "country.currency",
        "Rabatt": "comma(visit.discount)",
        "MwSt": "comma(visit.tax)",
        "Summe": "comma(visit.total)",
        "Datum": f"wall(visit.local_at, {DATE})",
        "Uhrzeit": "wall(visit.local_at, '%H:%M:%S')",
        "Stand": f"wall(version.local_at, {MOMENT})",
        "Geloescht": f"wall(version.local_deleted_at, {MOMENT})",
    }
    bad = f"{SALE_ID} || 'X'"
    return _export(
        "sales",
        f"{_VERSIONS} left join card on visit.person = card.person and visit.card = card.nth",
        SALE_ID,
        columns,
        {"BonNr": bad, "Summe": "'-' || comma(visit.total + 100)"},
        {"BonNr": bad, "Datum": "'31.02.2025'"},
        {"BonNr": bad, "Summe": "'ERROR'"},
        {"BonNr": "null"},
        {"BonNr": bad, "Status": "'9'"},
    )


def _lines() -> Export:
    position = "line.nth + 1"
    columns = {
        "BonNr": SALE_ID,
        "Pos": position,
        "ArtikelNr": "700000 + product.no",
        "EAN": "product.sku",
        "Text": "left(upper(product.name), 24)",
        "Warengruppe": "product.category",
        "Menge": "line.quantity",
        "Preis": "comma(line.price)",
        "Rabatt": "comma(line.discount)",
        "MwSt": "comma(line.tax)",
        "Stand": f"wall(version.local_at, {MOMENT})",
    }
    source = f"""{_VERSIONS}
        inner join line on line.visit = visit.pos
        inner join product on line.product = product.no"""
    bad = f"{position} + 900"
    lines = _export(
        "sale_lines",
        source,
        f"{SALE_ID} || '-' || line.nth",
        columns,
        {"Pos": bad, "Preis": "'gratis'"},
        {"Pos": bad, "Menge": "-line.quantity"},
        {"Pos": bad, "Menge": "''"},
        {"BonNr": "null"},
    )
    return replace(lines, orphans={"BonNr": f"'S99-' || {SALE_ID}"})


def _payments() -> Export:
    payment_id = f"{SALE_ID} || '-Z' || payment.nth"
    columns = {
        "ZahlungNr": payment_id,
        "BonNr": SALE_ID,
        "Art": f"[{', '.join(repr(word) for word in _TENDERS)}][payment.method + 1]",
        "Betrag": "comma(payment.amount)",
        "Punkte": "case when payment.points > 0 then payment.points end",
        "Zeit": f"wall(visit.local_at, {MOMENT})",
        "Stand": f"wall(version.local_at, {MOMENT})",
    }
    return _export(
        "payments",
        f"{_VERSIONS} inner join payment on payment.visit = visit.pos",
        payment_id,
        columns,
        {"ZahlungNr": f"{payment_id} || 'X'", "Betrag": "'1.2.3'"},
        {"ZahlungNr": "null"},
    )


def loyalty_events() -> Export:
    """Return the export of points given and taken by hand, which only the stories have."""
    event_id = "'PV-' || event.card_number || '-' || event.nth"
    columns = {
        "VorgangNr": event_id,
        "Kundenkarte": "event.card_number",
        "Art": "case event.kind when 'adjust' then 'KORREKTUR' when 'bonus' then 'BONUS'"
        " when 'referral' then 'WERBUNG' else 'STORNO' end",
        "Punkte": "event.points",
        "ZahlungNr": f"{SALE_ID} || '-Z1'",
        "GueltigBis": f"strftime(event.expires_on, {DATE})",
        "Grund": "event.reason",
        "Zeit": f"wall(event.local_at, {MOMENT})",
    }
    source = (
        "loyalty_event as event left join visit on event.sale = visit.pos left join store on visit.store = store.no"
    )
    return Export("loyalty_events", source, event_id, columns, export="event.export", sort="event.local_at")


def _returns() -> Export:
    return_id = f"'RT-' || {SALE_ID} || '-' || (refund.nth + 1)"
    source = """refund
        inner join visit on refund.visit = visit.pos and refund.store >= 0
        inner join store on visit.store = store.no
        inner join store as taker on refund.store = taker.no
        inner join product on refund.product = product.no
        inner join country on visit.country = country.no
        left join card on visit.person = card.person and visit.card = card.nth"""
    columns = {
        "RueckgabeNr": return_id,
        "Pos": "1",
        "BonNr": f"case when refund.names_sale then {SALE_ID} end",
        "BonPos": "case when refund.names_sale and refund.names_line then refund.nth + 1 end",
        "Filiale": "taker.code",
        "Kundenkarte": "card.card_number",
        "ArtikelNr": "700000 + product.no",
        "EAN": "product.sku",
        "Waehrung": "country.currency",
        "Menge": "refund.quantity",
        "Betrag": "comma(refund.amount)",
        "MwSt": "comma(refund.tax)",
        "Grund": f"nullif([{', '.join(repr(word) for word in REASONS)}][refund.reason + 1], '')",
        "Zeit": f"wall(refund.local_at, {MOMENT})",
    }
    bad = f"{return_id} || 'X'"
    faults = ({"RueckgabeNr": bad, "Betrag": "'?'"}, {"RueckgabeNr": bad, "Zeit": "null"})
    return Export("returns", source, return_id, columns, faults, "refund.export", "refund.local_at")
