"""The export of the sample's help desk and mail tool: JSON Lines, one folder a month, one row per record.

Belongs here: the tool's columns and words. Does not belong here: what passed between people (`contacts`). The mapping
of these files is `mappings/care.yml`.
"""

from __future__ import annotations

from typing import Final

from ingestion.sample.contacts import QUESTION, TOPICS
from ingestion.sample.exports import Export
from ingestion.sample.outcomes import NEVER
from ingestion.sample.tills import SALE_ID
from ingestion.sample.voice import words
from ingestion.sample.webshop import ORDER_ID

ENCODING: Final = "utf-8"
_ABOUT: Final = f"case when visit.store < 0 then {ORDER_ID} else {SALE_ID} end"
_WHO: Final = """left join account on visit.person = account.person and visit.account = account.nth
        left join respondent on visit.person = respondent.person"""
_WHERE: Final = "inner join country on visit.country = country.no left join store on visit.store = store.no"
# Questions come without words and without an order; every other ticket is a complaint about one.
ASKS: Final = f"ticket.said < 0 and ticket.topic = {QUESTION}"
COMPLAINS: Final = f"ticket.said < 0 and ticket.topic < {QUESTION}"
# Whoever chats has logged in, whoever calls is asked for name and number; what the retailer opens itself, and what
# comes by mail or form, has an address. What a person has not given is asked for as an address.
_VIA: Final = "visit.number % 4"
_CHATS: Final = f"({_VIA} = 2 and ticket.said < 0 and account.customer_id is not null)"
_NUMBER: Final = "coalesce(account.phone, respondent.phone)"
_CALLS: Final = f"({_VIA} = 3 and ticket.said < 0 and {_NUMBER} is not null)"
_REQUESTER: Final = f"""{{
            'email': case when not ({_CHATS} or {_CALLS}) then respondent.email end,
            'name': case when not {_CHATS} then respondent.first_name || ' ' || respondent.last_name end,
            'phone': case when {_CALLS} then {_NUMBER} end,
            'account': case when {_CHATS} then account.customer_id end
        }}"""


def exports() -> tuple[Export, ...]:
    """Return the monthly exports of the help desk, the mail tool, the web analytics and the payment provider."""
    return (_tickets(), _messages(), _page_visits(), _disputes(), _checkouts())


def ticket_id(ticket: str = "ticket") -> str:
    """Return the SQL of a ticket's id."""
    return f"case when {ticket}.said >= 0 then 'FU' else 'TK' end || visit.number"


def _tickets() -> Export:
    source = f"ticket inner join visit on ticket.visit = visit.pos {_WHERE} {_WHO}"
    source += " inner join line on line.visit = visit.pos and line.nth = 0"
    columns = {
        "ticket": ticket_id(),
        "via": f"['mail', 'form', 'chat', 'call'][{_VIA} + 1]",
        "tag": f"[{', '.join(repr(topic) for topic in TOPICS)}][ticket.topic + 1]",
        "requester": _REQUESTER,
        "order": f"case when not ({ASKS}) then {_ABOUT} end",
        "item": "case when ticket.topic = 1 then 'P' || (100 + line.product) end",
        "survey_response": "case when ticket.said >= 0 then 'RE' || visit.number end",
        "message": f"case when {COMPLAINS} then {words('1', 'ticket.luck')} end",
        "locale": "country.language",
        "created": "instant(ticket.opened)",
        "first_reply": "instant(ticket.replied)",
        "solved": "instant(ticket.resolved)",
        "changed": "instant(ticket.last)",
    }
    bad = f"{ticket_id()} || 'X'"
    faults = ({"ticket": bad, "created": "'soon'"}, {"ticket": "null"})
    return Export("tickets", source, ticket_id(), columns, faults, "ticket.month", "ticket.last")


def _messages() -> Export:
    """Return what was sent; the newsletter knows the account alone, and what is about an order its buyer."""
    source = """message
        left join visit on message.visit = visit.pos
        left join store on visit.store = store.no
        left join account on message.reader = account.person
            and account.nth = case when message.visit < 0 then 0 else visit.account end
        left join respondent on message.reader = respondent.person"""
    columns = {
        "id": "'M' || message.number",
        "kind": "['shipped', 'delayed', 'newsletter'][message.kind + 1]",
        "campaign": "case when message.issue >= 0 then 'NL-' || message.issue end",
        "to": "respondent.email",
        "account": "account.customer_id",
        "order": f"case when message.visit >= 0 then {_ABOUT} end",
        "sent": "instant(message.sent)",
        "delivered": "case when message.bounced = 0 then instant(message.sent + 20) end",
        "bounced": "case when message.bounced = 1 then instant(message.sent + 25) end",
        "opened": "instant(message.opened)",
        "clicked": "instant(message.clicked)",
        "unsubscribed": f"instant(case when message.leaves = 1 then message.opened else {NEVER} end)",
        "changed": "instant(message.last)",
    }
    bad = "'M' || message.number || 'X'"
    faults = ({"id": bad, "sent": "'today'"}, {"id": bad, "kind": "'riddle'"})
    return Export("messages", source, "message.number", columns, faults, "message.month", "message.last")


def _page_visits() -> Export:
    source = f"page_visit as page inner join visit on page.visit = visit.pos {_WHO}"
    columns = {
        "hit": "'H' || page.number",
        "page": "'track'",
        "order": ORDER_ID,
        "account": "account.customer_id",
        "at": "instant(page.at)",
    }
    bad = "'H' || page.number || 'X'"
    return Export(
        "page_visits", source, "page.number", columns, ({"hit": bad, "at": "'12:00'"},), "page.month", "page.at"
    )


def _disputes() -> Export:
    source = "dispute inner join visit on dispute.visit = visit.pos inner join country on visit.country = country.no"
    columns = {
        "case": "'DP' || visit.number",
        "order": ORDER_ID,
        "why": "['not_received', 'not_as_described', 'unknown_charge'][visit.number % 3 + 1]",
        "sum": "money(visit.total)",
        "currency": "country.currency",
        "opened": "instant(dispute.opened)",
        "closed": "instant(dispute.closed)",
        "result": f"case when dispute.closed < {NEVER} then ['won', 'lost', 'withdrawn'][dispute.outcome + 1] end",
        "changed": "instant(dispute.last)",
    }
    bad = "'DP' || visit.number || 'X'"
    return Export(
        "disputes", source, "visit.number", columns, ({"case": bad, "sum": "'all'"},), "dispute.month", "dispute.last"
    )


def _checkouts() -> Export:
    source = f"checkout inner join visit on checkout.visit = visit.pos {_WHO}"
    source += " inner join country on visit.country = country.no"
    columns = {
        "cart": "'CO' || checkout.number",
        "account": "account.customer_id",
        "contact": "respondent.email",
        "order": f"case when checkout.becomes = 1 and checkout.paid < {NEVER} then {ORDER_ID} end",
        "worth": "money(visit.total)",
        "currency": "country.currency",
        "begun": "instant(checkout.began)",
        "paid": f"instant(case when checkout.becomes = 1 then checkout.paid else {NEVER} end)",
        "changed": "instant(checkout.last)",
    }
    bad = "'CO' || checkout.number || 'X'"
    faults = ({"cart": bad, "worth": "'much'"},)
    return Export("checkouts", source, "checkout.number", columns, faults, "checkout.month", "checkout.last")
