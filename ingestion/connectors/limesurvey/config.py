"""LimeSurvey: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Final, Literal

from pydantic import field_validator

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.tables import Table
from ingestion.section import TimeZone

# Ids count anew in each survey, and times have no zone: the reader puts `_key`, `_sid` and `_zone` before what is sent.
TABLES: Final[dict[str, Table]] = {
    "surveys": Table(
        description="A survey, active or not.",
        mode="listing",
        id="sid",
        fields={"sid": "number", "surveyls_title": "text", "active": "text"},
        stands_for=("survey", "surveys"),
    ),
    "questions": Table(
        description="A question or sub-question, in the survey's base language.",
        mode="listing",
        id="_key",
        fields={"_key": "text", "_sid": "text", "qid": "number", "parent_qid": "number", "type": "text"}
        | {"title": "text", "question": "text", "question_order": "number"},
        stands_for=("survey", "questions"),
    ),
    "participants": Table(
        description="Somebody who was asked: a row of a survey's participant table.",
        mode="listing",
        id="_key",
        fields={"_key": "text", "_sid": "text", "_zone": "text", "token": "text", "participant_info": "object"},
        optional={"sent": "text", "emailstatus": "text"},
        stands_for=("survey", "invites"),
    ),
    "responses": Table(
        description="What one person has answered, in full or in part; a field for each question by its code.",
        mode="listing",
        id="_key",
        clock="datestamp",
        created="startdate",
        fields={"_key": "text", "_sid": "text", "_zone": "text"},
        optional={"submitdate": "text", "startlanguage": "text", "token": "text", "startdate": "text"}
        | {"datestamp": "text"},
        stands_for=("survey", "responses"),
    ),
}


class LimeSurveyConfig(ConnectorConfig):
    """A LimeSurvey, one's own or in the cloud.

    Attributes:
        user: name of the user who reads; its password is a secret.
        path: where RemoteControl answers, below `url`.
        surveys: ids of the surveys to take; empty: every survey that the user may see.
        server_time_zone: zone of the server's times; left out: the retailer's.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    kind: Literal["limesurvey"]
    user: str
    path: str = "/index.php/admin/remotecontrol"
    surveys: tuple[int, ...] = ()
    server_time_zone: TimeZone | None = None

    @field_validator("start")
    @classmethod
    def _no_start(cls, start: dt.date | None) -> None:
        if start is not None:
            raise ValueError("LimeSurvey cannot be asked by day: every night reads all responses; leave `start` out")
