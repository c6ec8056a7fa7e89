"""An account of Zendesk Support with a state, answering as its documentation says.

Its traps are kept: exports know a first instant and no last one, leave out what changed in the last minute and refuse
to begin in it, and go by `generated_timestamp`, which system updates move alone; a record may come on two pages;
deleted tickets and users stay in exports and leave every other list; metrics stand beside the tickets; what matters is
for administrators.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.connectors.server import Answer, Asked, System

USER, API_TOKEN, ACCESS_TOKEN = "it@shop.example", "zdTok3n0123456789abcdef", "oauth0123456789abcdef"
ORDER_FIELD, REASON_FIELD = 360001, 360002
Record = dict[str, Any]

FIELDS: list[Record] = [
    {"id": 1, "type": "subject", "title": "Subject", "active": True},
    {"id": ORDER_FIELD, "type": "text", "title": "Order number", "active": True},
    {"id": 360009, "type": "text", "title": "Order number", "active": False},
    {"id": REASON_FIELD, "type": "tagger", "title": "Reason", "active": True, "custom_field_options": [
        {"id": 1, "name": "Delivery", "value": "reason_delivery"},
        {"id": 2, "name": "Return", "value": "reason_back"}]},
]  # fmt: skip


class ZendeskAccount(System):
    """The account. Everything happens two minutes ago, so that an export shows it."""

    def __init__(self) -> None:
        super().__init__()
        stamp = self.stamp(None)
        self.fields = {row["id"]: row | {"created_at": stamp, "updated_at": stamp} for row in FIELDS}
        self.user_fields: dict[int, Record] = {7: {"id": 7, "key": "loyalty_card", "type": "text", "title": "Card"}}
        self.users: dict[int, Record] = {}
        self.tickets: dict[int, Record] = {}
        self.metrics: dict[int, Record] = {}
        self.ratings: dict[int, Record] = {}
        self.next_id = 100
        self.role, self.takes_tokens, self.exists, self.repeats = "admin", True, True, False
        self.embeds_metrics = False

    # What happens in the account.

    def add_user(self, at: dt.datetime | None = None, **changes: Any) -> Record:
        key, stamp = self._key(), self.stamp(at)
        self.users[key] = {
            "id": key, "name": f"Ana {key}", "email": f"ana{key}@example.org", "phone": None, "role": "end-user",
            "shared_phone_number": None, "active": True, "suspended": False, "locale": "en-US", "external_id": None,
            "user_fields": {"loyalty_card": None}, "created_at": stamp, "updated_at": stamp,
        } | changes  # fmt: skip
        return self.users[key]

    def edit_user(self, key: int, at: dt.datetime | None = None, **changes: Any) -> None:
        self.users[key].update(changes, updated_at=self.stamp(at))

    def open(self, requester: int | None = None, at: dt.datetime | None = None, **changes: Any) -> Record:
        key, stamp = self._key(), self.stamp(at)
        requester = requester or self.add_user(at)["id"]
        self.tickets[key] = {
            "id": key, "url": f"https://x.zendesk.com/api/v2/tickets/{key}.json", "external_id": None,
            "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}}, "type": None,
            "subject": "Where is it?", "description": "Where is my order, Łukasz? 👍", "priority": "normal",
            "status": "new", "requester_id": requester, "tags": [], "custom_fields": [
                {"id": ORDER_FIELD, "value": "#1042"}, {"id": REASON_FIELD, "value": None}],
            "satisfaction_rating": {"score": "unoffered"}, "created_at": stamp, "updated_at": stamp,
            "generated_timestamp": self._epoch(at),
        } | changes  # fmt: skip
        self.metrics[key] = {
            "id": key * 10, "ticket_id": key, "reopens": 0, "replies": 0, "solved_at": None, "status_updated_at": stamp,
            "reply_time_in_minutes": {"calendar": None, "business": None}, "created_at": stamp, "updated_at": stamp,
        }  # fmt: skip
        return self.tickets[key]

    def edit(self, key: int, at: dt.datetime | None = None, **changes: Any) -> None:
        self.tickets[key].update(changes, updated_at=self.stamp(at), generated_timestamp=self._epoch(at))

    def system_update(self, key: int) -> None:
        """Zendesk recounts: the metrics move, and `updated_at` does not."""
        self.metrics[key]["replies"] += 1
        self.tickets[key]["generated_timestamp"] = self._epoch(None)

    def solve(self, key: int, minutes: int = 30) -> None:
        self.metrics[key].update(solved_at=self.stamp(None), reply_time_in_minutes={"calendar": minutes, "business": 1})
        self.edit(key, status="solved")

    def reopen(self, key: int) -> None:
        self.metrics[key]["reopens"] += 1
        self.edit(key, status="open")

    def delete(self, key: int) -> None:
        self.edit(key, status="deleted")
        self.metrics.pop(key, None)
        self.ratings = {number: row for number, row in self.ratings.items() if row["ticket_id"] != key}

    def purge(self, key: int) -> None:
        """Deleted for good: no list shows it any more."""
        self.delete(key)
        del self.tickets[key]

    def rate(self, ticket: int, score: str = "good", at: dt.datetime | None = None, **changes: Any) -> Record:
        """Ask for a rating (`offered`), or answer; the row stays the same."""
        stamp = self.stamp(at)
        known = next((row for row in self.ratings.values() if row["ticket_id"] == ticket), None)
        if known is None:
            key = self._key()
            known = self.ratings[key] = {"id": key, "ticket_id": ticket, "created_at": stamp, "comment": None,
                                         "requester_id": self.tickets[ticket]["requester_id"]}  # fmt: skip
        known.update({"score": score, "updated_at": stamp} | changes)
        return known

    def truth(self) -> dict[str, dict[str, Record]]:
        """Fields without the roles that the settings give."""
        tables: dict[str, dict[int, Record]] = {
            "ticket_fields": self.fields, "user_fields": self.user_fields, "users": self.users,
            "tickets": {key: self._whole(key) for key in self.tickets}, "satisfaction_ratings": self.ratings,
        }  # fmt: skip
        return {table: {str(key): row for key, row in rows.items()} for table, rows in tables.items()}

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        if not self.exists:
            return _error(
                {"title": "No help desk at 127.0.0.1", "message": "There is no help desk configured here"}, 404
            )
        basic = base64.b64encode(f"{USER}/token:{API_TOKEN}".encode()).decode()
        if (
            asked.headers.get("Authorization") not in (f"Basic {basic}", f"Bearer {ACCESS_TOKEN}")
            or not self.takes_tokens
        ):
            return _error("Couldn't authenticate you", 401)
        path = asked.path.removeprefix("/api/v2/")
        if self.role != "admin" and path.startswith(("incremental", "satisfaction_ratings")):
            return _error({"title": "Forbidden", "message": "You do not have access to this page."}, 403)
        for pattern, handler in self._routes().items():
            if found := re.fullmatch(pattern, path):
                return handler(asked.query, *found.groups())
        return _error("InvalidEndpoint", 404)

    def _routes(self) -> dict[str, Callable[..., Answer]]:
        return {
            r"users/me": lambda query: Answer({"user": {"id": 1, "role": self.role}}),
            r"incremental/(tickets|users)/cursor": self._export,
            r"(tickets|users)/show_many": self._show_many,
            r"search": self._search,
            r"(ticket_fields|user_fields)": self._fields_list,
            r"satisfaction_ratings": self._ratings_list,
            r"satisfaction_ratings/count": lambda query: Answer({"count": {"value": len(self.ratings)}}),
            r"satisfaction_ratings/(\d+)": self._rating,
        }

    def _export(self, query: dict[str, str], table: str) -> Answer:
        size, now = int(query.get("per_page", 1000)), self.now().timestamp()
        clock: Callable[[Record], int] = (
            (lambda row: row["generated_timestamp"]) if table == "tickets" else lambda row: _seconds(row["updated_at"])
        )
        rows = sorted(getattr(self, table).values(), key=lambda row: (clock(row), row["id"]))
        rows = [row for row in rows if not now - 60 <= clock(row) <= now]
        if "cursor" in query:
            place = tuple(json.loads(base64.b64decode(query["cursor"])))
            beyond = [row for row in rows if (clock(row), row["id"]) > place]
            again = [row for row in rows if (clock(row), row["id"]) == place] if self.repeats else []
            rows = again + beyond
        else:
            if int(query["start_time"]) > now - 60:
                return _error("InvalidValue", 422, "Too recent start_time. Use a start_time older than 1 minute")
            rows = [row for row in rows if clock(row) >= int(query["start_time"])]
        shown = rows[: size + self.repeats]
        place_text = json.dumps([clock(shown[-1]), shown[-1]["id"]]) if shown else "[0, 0]"
        cursor = query.get("cursor") if not shown else base64.b64encode(place_text.encode()).decode()
        body = {"after_cursor": cursor, "end_of_stream": len(shown) == len(rows)}
        return Answer(body | self._shown(table, shown, query))

    def _shown(self, table: str, rows: Sequence[Record], query: dict[str, str]) -> Record:
        if table == "users" or query.get("include") != "metric_sets":
            return {table: list(rows)}
        if self.embeds_metrics:
            return {"tickets": [row | self._own_metrics(row["id"]) for row in rows]}
        return {"tickets": list(rows), "metric_sets": [self.metrics[r["id"]] for r in rows if r["id"] in self.metrics]}

    def _show_many(self, query: dict[str, str], table: str) -> Answer:
        asked = [int(key) for key in query["ids"].split(",")]
        if len(asked) > 100:
            return _error("TooManyIds", 400)
        known = getattr(self, table)
        rows = [known[key] for key in asked if key in known and _is_alive(known[key])]
        if table == "tickets":  # no list but an export tells when a ticket was generated
            rows = [{name: value for name, value in row.items() if name != "generated_timestamp"} for row in rows]
        return Answer(self._shown(table, rows, query))

    def _search(self, query: dict[str, str]) -> Answer:
        table = {"type:ticket": self.tickets, "type:user": self.users}[query["query"]]
        rows = sorted(
            (row for row in table.values() if _is_alive(row)), key=lambda row: row["updated_at"], reverse=True
        )
        return Answer({"count": len(rows), "results": rows[: int(query["per_page"])], "next_page": None})

    def _fields_list(self, query: dict[str, str], table: str) -> Answer:
        return self._listed(
            table, list((self.fields if table == "ticket_fields" else self.user_fields).values()), query
        )

    def _ratings_list(self, query: dict[str, str]) -> Answer:
        first, last = int(query.get("start_time", 0)), int(query.get("end_time", 1 << 40))
        rows = [row for row in self.ratings.values() if first <= _seconds(row["created_at"]) <= last]
        return self._listed("satisfaction_ratings", sorted(rows, key=lambda row: (row["created_at"], row["id"])), query)

    def _listed(self, table: str, rows: list[Record], query: dict[str, str]) -> Answer:
        size, after = int(query["page[size]"]), int(query.get("page[after]", 0))
        meta = {"has_more": after + size < len(rows), "after_cursor": str(after + size), "before_cursor": "0"}
        return Answer({table: rows[after : after + size], "meta": meta, "links": {"next": None, "prev": None}})

    def _rating(self, query: dict[str, str], key: str) -> Answer:
        if int(key) not in self.ratings:
            return _error("RecordNotFound", 404, "Not found")
        return Answer({"satisfaction_rating": self.ratings[int(key)]})

    def _whole(self, key: int) -> Record:
        return self.tickets[key] | self._own_metrics(key)

    def _own_metrics(self, key: int) -> Record:
        return {"metric_set": self.metrics[key]} if key in self.metrics else {}

    def _key(self) -> int:
        self.next_id += 1
        return self.next_id

    def _epoch(self, at: dt.datetime | None) -> int:
        return int((at or self.now() - dt.timedelta(minutes=2)).timestamp())

    def stamp(self, at: dt.datetime | None) -> str:
        return f"{dt.datetime.fromtimestamp(self._epoch(at), dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _is_alive(row: Record) -> bool:
    return row.get("status") != "deleted" and row.get("active", True)


def _seconds(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())


def _error(error: Any, status: int, description: str | None = None) -> Answer:
    return Answer({"error": error} | ({"description": description} if description else {}), status)
