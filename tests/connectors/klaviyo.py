"""An account of Klaviyo with a state, answering as its documentation and its OpenAPI (2026-07-15) say.

Its traps are kept: a filter knows few operators for each field, campaigns are listed by channel alone, consent and
sparse fields are given on request, the next page is an address (here on another host, which nobody may follow), a
cursor belongs to its query, metrics of other makers bear the same names, no list has a total.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import hashlib
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from tests.connectors.server import Answer, Asked, System

KEY = "pk_0123456789abcdef0123456789abcdef01"
REVISION = "2026-07-15"
Record = dict[str, Any]
MADE = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
METRICS = ["Received Email", "Opened Email", "Clicked Email", "Bounced Email", "Marked Email as Spam",
           "Unsubscribed from Email Marketing", "Received SMS", "Clicked SMS", "Failed to Deliver SMS"]  # fmt: skip
OPERATORS: dict[str, dict[str, set[str]]] = {
    "metrics": {},
    "campaigns": {"messages.channel": {"equals"}},
    "flows": {"id": {"any"}},
    "profiles": {"id": {"any", "equals"}, "created": {"greater-than", "less-than"},
                 "updated": {"greater-than", "less-than"}},
    "events": {"metric_id": {"equals"}, "profile_id": {"equals"},
               "datetime": {"greater-or-equal", "greater-than", "less-or-equal", "less-than"}},
}  # fmt: skip
SORTS = {"profiles": {"id", "created", "updated", "email"}, "events": {"datetime", "timestamp"}}
SIZES = {"campaigns": (100, 100), "flows": (50, 50), "profiles": (20, 100), "events": (200, 1000)}
ASKED_FOR = {"email", "phone_number", "first_name", "last_name", "locale", "created", "updated", "subscriptions"}
SUBSCRIBED = {"can_receive_email_marketing": True, "consent": "SUBSCRIBED", "suppression": [], "list_suppressions": []}


class KlaviyoAccount(System):
    """The account. Records are kept as the API can show them at most, by table and id."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in OPERATORS}
        self.forgotten: dict[str, Record] = {}
        self.missing_scopes: set[str] = set()
        self.next_id = 0
        self.metric: dict[str, str] = {}
        for name in METRICS:
            self.metric[name] = self.add_metric(name, "Klaviyo")["id"]
        self.add_metric("Opened Email", "Another tool")
        self.metric["Placed Order"] = self.add_metric("Placed Order", "Shopify")["id"]

    def add(self, table: str, at: dt.datetime | None = None, **attributes: Any) -> Record:
        self.next_id += 1
        key = f"01{table[:2].upper()}{self.next_id:08}"
        clocks = ("created_at", "updated_at") if table == "campaigns" else ("created", "updated")
        said = {clock: self._stamp(at) for clock in clocks} | attributes
        links = {"self": f"https://a.klaviyo.com/api/{table}/{key}/"}
        record: Record = {"type": table.removesuffix("s"), "id": key, "attributes": said}
        record |= {"relationships": {}, "links": links}
        self.tables[table][key] = record
        return record

    def add_metric(self, name: str, maker: str) -> Record:
        return self.add("metrics", MADE, name=name, integration={"object": "integration", "id": "0", "name": maker})

    def add_campaign(self, name: str, channel: str = "email", **attributes: Any) -> Record:
        campaign = self.add("campaigns", name=name, status="Sent", archived=False, **attributes)
        message = {"type": "campaign-message", "id": f"{campaign['id']}M", "channel": channel}
        campaign["relationships"] = {"campaign-messages": {"data": [message]}}
        return campaign

    def add_flow(self, name: str) -> Record:
        return self.add("flows", name=name, status="live", archived=False, trigger_type="Metric")

    def join(self, email: str | None, at: dt.datetime | None = None, **attributes: Any) -> Record:
        """A profile that has subscribed by e-mail."""
        marketing = SUBSCRIBED | {"consent_timestamp": self._stamp(at), "last_updated": self._stamp(at)}
        profile = {"email": email, "phone_number": None, "first_name": "Ana", "last_name": "Ruiz", "locale": "es-ES",
                   "location": {"city": "Madrid", "ip": "192.0.2.1"}, "properties": {"shoe": 39},
                   "subscriptions": {"email": {"marketing": marketing}, "sms": None}}  # fmt: skip
        return self.add("profiles", at, **(profile | attributes))

    def edit(self, table: str, key: str, at: dt.datetime | None = None, **changes: Any) -> None:
        clock = "updated_at" if table == "campaigns" else "updated"
        self.tables[table][key]["attributes"] |= changes | {clock: self._stamp(at)}

    def leave(self, key: str, at: dt.datetime | None = None) -> None:
        """The person unsubscribes; Klaviyo keeps it as a suppression as well."""
        stamp = self._stamp(at)
        marketing = {"can_receive_email_marketing": False, "consent": "UNSUBSCRIBED", "consent_timestamp": stamp,
                     "last_updated": stamp, "suppression": [{"reason": "UNSUBSCRIBE", "timestamp": stamp}],
                     "list_suppressions": []}  # fmt: skip
        self.edit("profiles", key, at, subscriptions={"email": {"marketing": marketing}, "sms": None})
        self.happen("Unsubscribed from Email Marketing", key, at)

    def forget(self, key: str) -> None:
        """Delete a profile as the law asks for: its events go with it."""
        del self.tables["profiles"][key]
        for event in [e for e in self.tables["events"].values() if _person(e) == key]:
            self.forgotten[event["id"]] = self.tables["events"].pop(event["id"])

    def happen(self, metric: str, profile: str | None, at: dt.datetime | None = None, **properties: Any) -> Record:
        stamp = self._stamp(at)
        event = self.add("events", at)
        number = int(dt.datetime.fromisoformat(stamp).timestamp())
        event["attributes"] = {"timestamp": number, "datetime": stamp, "event_properties": properties,
                               "uuid": f"{self.next_id:032}"}  # fmt: skip
        event["relationships"] = {"metric": {"data": {"type": "metric", "id": self.metric[metric]}}}
        if profile:
            event["relationships"]["profile"] = {"data": {"type": "profile", "id": profile}}
        return event

    def send(self, message: str, profile: str, at: dt.datetime | None = None, **properties: Any) -> Record:
        number = int((at or self.now()).timestamp())
        said = {"$message": message, "$_cohort$message_send_cohort": f"{number}:{message}", "Subject": "Zoë's picks 👟"}
        return self.happen("Received Email", profile, at, **(said | properties))

    def follow(self, sent: Record, metric: str, at: dt.datetime | None = None, **properties: Any) -> Record:
        """What came of a message."""
        return self.happen(
            metric, _person(sent), at, **(sent["attributes"]["event_properties"] | {"Subject": "x"} | properties)
        )

    def truth(self) -> dict[str, dict[str, Record]]:
        own = {key for name, key in self.metric.items() if name in METRICS}
        rows = {table: dict(records) for table, records in self.tables.items()}
        rows["profiles"] = {key: _sparse(record, ASKED_FOR) for key, record in rows["profiles"].items()}
        rows["events"] = {
            key: event for key, event in rows["events"].items() if event["relationships"]["metric"]["data"]["id"] in own
        }
        return rows

    def answer(self, asked: Asked) -> Answer:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if headers.get("authorization") != f"Klaviyo-API-Key {KEY}":
            return _error(401, "authentication_failed", "Incorrect authentication credentials.")
        if headers.get("revision") != REVISION:
            return _error(404, "not_found", "No valid revisions found for method.")
        place = re.fullmatch(r"/api/(\w+)(?:/(\w+))?/?", asked.path)
        if not place or place[1] not in self.tables:
            return _error(404, "not_found", "The path does not exist.")
        if place[1] in self.missing_scopes:
            return _error(403, "permission_denied", "You do not have permission to perform this action.")
        if place[2]:
            found = self.tables[place[1]].get(place[2])
            return Answer({"data": found}) if found else _error(404, "not_found", "A record was not found.")
        return self._list(place[1], asked.query)

    def _list(self, table: str, query: dict[str, str]) -> Answer:
        known = {"filter", "sort", "page[size]", "page[cursor]", "fields[profile]", "additional-fields[profile]"}
        if wrong := set(query) - known:
            return _error(400, "invalid", f"'{wrong.pop()}' is not a valid query parameter.")
        conditions = _conditions(query.get("filter", ""))
        for operator, name, _ in conditions:
            if operator not in OPERATORS[table].get(name, set()):
                return _error(400, "invalid", f"'{name}' cannot be filtered by '{operator}'.")
        if table == "campaigns" and not conditions:
            return _error(400, "invalid", "A channel filter is required to list campaigns.")
        default, most = SIZES.get(table, (200, 200))
        if not 0 < (size := int(query.get("page[size]", default))) <= most or ("page[size]" in query and most == 200):
            return _error(400, "invalid", "Page size is out of bounds.")
        sort = query.get("sort", "id" if table not in SORTS else min(SORTS[table]))
        by = sort.removeprefix("-")
        if by not in SORTS.get(table, {"id"}):
            return _error(400, "invalid", f"'{by}' cannot be sorted by.")
        rows = [row for row in self.tables[table].values() if all(_holds(row, *one) for one in conditions)]
        rows.sort(key=lambda row: _place(row, by), reverse=sort.startswith("-"))
        return self._page(table, query, rows, by, size, backwards=sort.startswith("-"))

    def _page(
        self, table: str, query: dict[str, str], rows: list[Record], by: str, size: int, *, backwards: bool
    ) -> Answer:
        own = {name: value for name, value in query.items() if name != "page[cursor]"}
        digest = hashlib.md5(json.dumps(own, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        if "page[cursor]" in query:
            belongs, *after = json.loads(base64.urlsafe_b64decode(query["page[cursor]"]))
            if belongs != digest:
                return _error(400, "invalid", "Invalid cursor provided.")
            rows = [r for r in rows if (_place(r, by) < tuple(after) if backwards else _place(r, by) > tuple(after))]
        following = None
        if len(rows) > size:
            place = json.dumps([digest, *_place(rows[size - 1], by)]).encode()
            cursor = own | {"page[cursor]": base64.urlsafe_b64encode(place).decode()}
            following = f"https://elsewhere.example/api/{table}?{urlencode(cursor, quote_via=quote)}"
        shown = rows[:size]
        if table == "profiles":
            default = {name for row in shown for name in row["attributes"]} - {"subscriptions"}
            wanted = set(query["fields[profile]"].split(",")) if "fields[profile]" in query else default
            if "subscriptions" not in query.get("additional-fields[profile]", ""):
                wanted -= {"subscriptions"}
            shown = [_sparse(row, wanted) for row in shown]
        return Answer({"data": shown, "links": {"self": "https://a.klaviyo.com", "next": following, "prev": None}})

    def _stamp(self, at: dt.datetime | None) -> str:
        return f"{at or self.now():%Y-%m-%dT%H:%M:%S}+00:00"


def _person(event: Record) -> str | None:
    person = event["relationships"].get("profile")
    return person["data"]["id"] if person else None


def _sparse(record: Record, names: set[str]) -> Record:
    shown = copy.copy(record)
    shown["attributes"] = {name: value for name, value in record["attributes"].items() if name in names}
    return shown


def _place(row: Record, by: str) -> tuple[str, str]:
    return str(row["attributes"].get(by, "")), row["id"]


def _conditions(text: str) -> list[tuple[str, str, Any]]:
    """Read `operator(field,value)` conditions with commas between them."""
    found, rest = list[tuple[str, str, Any]](), text
    while rest:
        read = re.match(r"([a-z-]+)\(([a-z_.]+),(\"[^\"]*\"|\[[^\]]*\]|[^()\"\[\]]+)\)(?:,|$)", rest)
        if not read:
            raise AssertionError(f"no filter of Klaviyo: {rest}")
        value = json.loads(read[3]) if read[3][0] in '"[' else read[3]
        found.append((read[1], read[2], value))
        rest = rest[read.end() :]
    return found


def _holds(row: Record, operator: str, name: str, value: Any) -> bool:
    if name == "messages.channel":
        return any(m["channel"] == value for m in row["relationships"]["campaign-messages"]["data"])
    if name == "metric_id":
        return bool(row["relationships"]["metric"]["data"]["id"] == value)
    if name == "id":
        return row["id"] in (value if operator == "any" else [value])
    mine, asked = dt.datetime.fromisoformat(row["attributes"][name]), dt.datetime.fromisoformat(value)
    return {"greater-than": mine > asked, "greater-or-equal": mine >= asked, "less-than": mine < asked,
            "less-or-equal": mine <= asked}[operator]  # fmt: skip


def _error(status: int, code: str, detail: str) -> Answer:
    said = {"id": "1f0c", "status": status, "code": code, "title": detail, "detail": detail, "source": {}}
    return Answer({"errors": [said]}, status)
