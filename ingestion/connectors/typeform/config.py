"""Typeform: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from ingestion.connectors.config import ConnectorConfig, HttpsUrl
from ingestion.connectors.tables import Table

TABLES: Final[dict[str, Table]] = {
    "forms": Table(
        description="A form with its questions, as it is now.",
        mode="listing",
        clock="last_updated_at",
        created="created_at",
        fields={"id": "text", "title": "text"},
        optional={"last_updated_at": "text", "created_at": "text", "hidden": "list", "fields": "list"},
        stands_for=("survey", "surveys"),
    ),
    "responses": Table(
        description="What one person has answered, in full or in part.",
        mode="changes",
        id="token",
        clock="submitted_at",
        created="landed_at",
        fields={"token": "text", "landed_at": "text", "submitted_at": "text"},
        optional={"answers": "list", "hidden": "object", "response_type": "text", "form_id": "text"}
        | {"response_id": "text", "metadata": "object", "variables": "list", "calculated": "object"},
        stands_for=("survey", "responses"),
    ),
}


class TypeformConfig(ConnectorConfig):
    """An account of Typeform.

    Attributes:
        forms: ids of the forms to take; empty: every form that the token may read.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("token",)

    kind: Literal["typeform"]
    url: HttpsUrl = "https://api.typeform.com"
    forms: tuple[str, ...] = ()
    overlap_minutes: int = Field(default=1440, ge=1, le=10_080)
