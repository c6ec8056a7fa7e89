"""A LimeSurvey with a state, answering as a real one was seen to (samples) and as its documentation says.

Its traps are kept: errors come with HTTP 200, sessions are forgotten, responses come as base64 of JSON without pages,
ids count anew in each survey, a survey that is not active has put its responses away.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

from tests.connectors.server import Answer, Asked, System

USER, PASSWORD = "evermart", "limes-and-lemons"
PATH = "/index.php/admin/remotecontrol"
Record = dict[str, Any]

QUESTIONS: list[Record] = [
    {"qid": 1, "parent_qid": 0, "type": "N", "title": "NPS", "question": "How likely are you to recommend us (0-10)?",
     "question_order": 1},
    {"qid": 2, "parent_qid": 0, "type": "5", "title": "CSAT", "question": "Satisfaction (1-5)", "question_order": 2},
    {"qid": 3, "parent_qid": 0, "type": "L", "title": "CHANNEL", "question": "Where did you buy?", "question_order": 3},
    {"qid": 4, "parent_qid": 0, "type": "M", "title": "LIKED", "question": "What did you like?", "question_order": 4},
    {"qid": 5, "parent_qid": 4, "type": "T", "title": "SQ001", "question": "Price", "question_order": 1},
    {"qid": 6, "parent_qid": 0, "type": "S", "title": "EMAIL", "question": "Your e-mail", "question_order": 5},
]  # fmt: skip


class LimeSurvey(System):
    """The installation. Rows are kept by survey and their own id."""

    def __init__(self) -> None:
        super().__init__()
        self.surveys: dict[int, Record] = {}
        self.questions: dict[int, list[Record]] = {}
        self.participants: dict[int, dict[int, Record]] = {}
        self.responses: dict[int, dict[int, Record]] = {}
        self.sessions: set[str] = set()
        self.key = ""  # of the newest session
        self.same = False  # a login gives the session's key again
        self.next_id = 0
        self.forbidden: set[str] = set()
        self.lives = 10_000  # calls after which a session is forgotten

    def add_survey(self, survey: int) -> None:
        self.surveys[survey] = {"sid": survey, "surveyls_title": f"Survey {survey}", "startdate": None,
                                "expires": None, "active": "Y"}  # fmt: skip
        self.questions[survey] = [question | {"id": question["qid"], "sid": survey} for question in QUESTIONS]
        self.participants[survey] = {}
        self.responses[survey] = {}

    def invite(self, survey: int, at: dt.datetime | None = None) -> Record:
        self.next_id += 1
        info = {"firstname": "Ana", "lastname": "Nowak", "email": f"c{self.next_id}@example.org"}
        key = self.next_id
        row: Record = {"tid": key, "token": f"T{self.next_id:05}", "participant_info": info,
               "sent": f"{at:%Y-%m-%d %H:%M}" if at else "N", "emailstatus": "OK", "language": "en"}  # fmt: skip
        self.participants[survey][key] = row
        return row

    def respond(self, survey: int, score: int = 9, at: dt.datetime | None = None, **changes: Any) -> Record:
        self.next_id += 1
        stamp = f"{at or self.now():%Y-%m-%d %H:%M:%S}"
        row = {"id": str(self.next_id), "submitdate": stamp, "lastpage": "1", "startlanguage": "en", "seed": "1",
               "token": "", "startdate": stamp, "datestamp": stamp, "NPS": str(score), "CSAT": "4",
               "CHANNEL": "Web shop", "LIKED[SQ001]": "Yes", "EMAIL": "ana@example.org"}  # fmt: skip
        row |= changes
        self.responses[survey][self.next_id] = row
        return row

    def truth(self) -> dict[str, dict[str, Record]]:
        def keyed(table: dict[int, dict[int, Record]]) -> dict[str, Record]:
            return {f"{survey}:{key}": row for survey, rows in table.items() for key, row in rows.items()}

        questions = {f"{s}:{row['qid']}": row for s, rows in self.questions.items() for row in rows}
        surveys = {str(key): row for key, row in self.surveys.items()}
        return {"surveys": surveys, "questions": questions, "participants": keyed(self.participants),
                "responses": keyed(self.responses)}  # fmt: skip

    def answer(self, asked: Asked) -> Answer:
        if asked.path != PATH:
            return Answer(b"<!DOCTYPE html><html><body>Not found</body></html>", 404)
        call = json.loads(asked.body)
        result = self._call(call["method"], call["params"])
        return Answer({"id": call["id"], "result": result, "error": None})

    def _call(self, method: str, given: list[Any]) -> Any:  # noqa: PLR0911
        if method == "get_session_key":
            if given != [USER, PASSWORD]:
                return {"status": "Invalid user name or password"}
            if not (self.same and self.key):
                self.next_id += 1
                self.key = f"Sk{self.next_id:030}"
            self.sessions = {self.key}
            self.used = 0
            return self.key
        if given[0] not in self.sessions:
            return {"status": "Invalid session key"}
        self.used += 1
        if self.used > self.lives:
            self.sessions.clear()
            return {"status": "Invalid session key"}
        if method in self.forbidden:
            return {"status": "No permission"}
        if method == "release_session_key":
            return "OK"
        if method == "list_surveys":
            return list(self.surveys.values()) or {"status": "No surveys found"}
        if given[1] not in self.surveys:
            return {"status": "Error: Invalid survey ID"}
        if method == "list_questions":
            return self.questions[given[1]] or {"status": "No questions found"}
        if method == "list_participants":
            _, survey, start, limit, *_ = given
            rows = sorted(self.participants[survey].values(), key=lambda row: row["tid"])[start : start + limit]
            return rows or {"status": "No survey participants found."}
        if method == "get_summary":
            survey = int(given[1])
            return str(len(self._stored(survey) if given[2] == "full_responses" else self.participants[survey]))
        return self._export(*given[1:])

    def _stored(self, survey: int) -> dict[int, Record]:
        return self.responses[survey] if self.surveys[survey]["active"] == "Y" else {}

    def _export(self, survey: int, kind: str, *rest: Any) -> Any:
        if self.surveys[survey]["active"] != "Y":
            return {"status": "No Data, survey table does not exist."}
        if not self.responses[survey]:
            return {"status": "No Data, could not get max id."}
        first, last = rest[-2:]
        rows = [row for key, row in sorted(self.responses[survey].items()) if first <= key <= last]
        return base64.b64encode(json.dumps({"responses": rows}).encode()).decode()
