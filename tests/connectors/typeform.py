"""An account of Typeform with a state, answering as its documentation and its schema say.

Its traps are kept: partial responses only on request and without a time of submission, the newest first, pages by the
token before which to go on, times to the second, two requests a second (`limit`).
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from typing import Any

from tests.connectors.server import Answer, Asked, System

TOKEN = "tfp_0123456789abcdef"
NOT_SUBMITTED = "0001-01-01T00:00:00Z"
Record = dict[str, Any]

FIELDS: list[Record] = [
    {"id": "fNPS", "ref": "nps_question", "title": "How likely are you to recommend us?", "type": "opinion_scale",
     "properties": {"steps": 11, "start_at_one": False}},
    {"id": "fSAT", "ref": "csat_store", "title": "How satisfied were you?", "type": "rating",
     "properties": {"steps": 5, "shape": "star"}},
    {"id": "fGRP", "ref": "about", "title": "About you", "type": "group", "properties": {"fields": [
        {"id": "fCHN", "ref": "channel", "title": "Where did you buy?", "type": "multiple_choice", "properties": {}},
        {"id": "fTXT", "ref": "why", "title": "Why?", "type": "long_text", "properties": {}},
        {"id": "fMAI", "ref": "mail", "title": "Your e-mail", "type": "email", "properties": {}},
    ]}},
]  # fmt: skip


class TypeformAccount(System):
    """The account. Responses are kept by form and token."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Record] = {}
        self.responses: dict[str, dict[str, Record]] = {}
        self.next_id = 0
        self.forbidden: set[str] = set()

    def add_form(self, form: str, **changes: Any) -> Record:
        stamp = self._stamp(None)
        self.forms[form] = {"id": form, "title": f"Form {form}", "hidden": ["order_id", "email"], "created_at": stamp,
                            "last_updated_at": stamp, "fields": copy.deepcopy(FIELDS)} | changes  # fmt: skip
        self.responses.setdefault(form, {})
        return self.forms[form]

    def respond(self, form: str, score: int = 9, at: dt.datetime | None = None, **changes: Any) -> Record:
        self.next_id += 1
        token, stamp = f"r{self.next_id:08}", self._stamp(at)
        answers = [
            {
                "type": "number",
                "number": score,
                "field": {"id": "fNPS", "type": "opinion_scale", "ref": "nps_question"},
            },
            {"type": "number", "number": 4, "field": {"id": "fSAT", "type": "rating", "ref": "csat_store"}},
            {
                "type": "choice",
                "choice": {"id": "c1", "label": "Store"},
                "field": {"id": "fCHN", "type": "multiple_choice"},
            },
            {"type": "text", "text": "Łovely 👍", "field": {"id": "fTXT", "type": "long_text", "ref": "why"}},
            {"type": "email", "email": "ana@example.org", "field": {"id": "fMAI", "type": "email", "ref": "mail"}},
        ]
        record = {"token": token, "response_id": token, "form_id": form, "response_type": "completed",
                  "landed_at": stamp, "submitted_at": stamp, "hidden": {"order_id": "", "email": ""},
                  "metadata": {"platform": "other"}, "calculated": {"score": 0}, "answers": answers}  # fmt: skip
        record |= changes
        self.responses[form][token] = record
        return record

    def leave_half_way(self, form: str, at: dt.datetime | None = None) -> Record:
        record = self.respond(
            form, at=at, response_type="partial", submitted_at=NOT_SUBMITTED, staged_at=self._stamp(at)
        )
        record["answers"] = record["answers"][:1]
        return record

    def complete(self, form: str, token: str) -> None:
        self.responses[form][token].update(response_type="completed", submitted_at=self._stamp(None))

    def truth(self) -> dict[str, dict[str, Record]]:
        rows = {token: record for records in self.responses.values() for token, record in records.items()}
        return {"forms": dict(self.forms), "responses": rows}

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer({"code": "AUTHENTICATION_FAILED", "description": "Authentication credentials not found"}, 401)
        if any(name in asked.path for name in self.forbidden):
            return Answer({"code": "FORBIDDEN", "description": "insufficient scope"}, 403)
        if asked.path == "/forms":
            size, page = int(asked.query.get("page_size", 10)), int(asked.query.get("page", 1))
            shown = [
                {"id": f["id"], "title": f["title"], "last_updated_at": f["last_updated_at"]}
                for f in self.forms.values()
            ]
            body = {
                "total_items": len(shown),
                "page_count": -(-len(shown) // size),
                "items": shown[(page - 1) * size :][:size],
            }
            return Answer(body)
        found = re.fullmatch(r"/forms/(\w+)(/responses)?", asked.path)
        if not found or found[1] not in self.forms:
            return Answer({"code": "FORM_NOT_FOUND", "description": "Non existing form with uid"}, 404)
        return self._responses(found[1], asked.query) if found[2] else Answer(self.forms[found[1]])

    def _responses(self, form: str, query: dict[str, str]) -> Answer:
        kinds = query.get("response_type", "completed").split(",")
        size = int(query.get("page_size", 25))
        if size > 1000:
            return Answer({"code": "VALIDATION_ERROR", "description": "page_size must be at most 1000"}, 400)
        rows = [row for row in self.responses[form].values() if row["response_type"] in kinds]
        if "included_response_ids" in query:
            rows = [row for row in rows if row["token"] in query["included_response_ids"].split(",")]
        rows = [row for row in rows if query.get("since", "") <= _clock(row) <= query.get("until", "9")]
        rows.sort(key=lambda row: (_clock(row), row["token"]), reverse="asc" not in query.get("sort", ""))
        total = len(rows)
        if "before" in query:
            tokens = [row["token"] for row in rows]
            rows = rows[tokens.index(query["before"]) + 1 :] if query["before"] in tokens else []
        return Answer({"total_items": total, "page_count": -(-total // size), "items": rows[:size]})

    def _stamp(self, at: dt.datetime | None) -> str:
        return f"{at or self.now():%Y-%m-%dT%H:%M:%SZ}"


def _clock(row: Record) -> str:
    return str(row["staged_at"] if row["submitted_at"] == NOT_SUBMITTED else row["submitted_at"])
