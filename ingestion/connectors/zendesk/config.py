"""Zendesk Support: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.tables import Table

TABLES: Final[dict[str, Table]] = {
    "ticket_fields": Table(
        description="A field of tickets, standard or custom, with the role that the settings give it.",
        mode="listing",
        clock="updated_at",
        created="created_at",
        fields={"id": "number", "type": "text", "title": "text"},
        optional={"_role": "text", "custom_field_options": "list"},
    ),
    "user_fields": Table(
        description="A custom field of users, with the role that the settings give it.",
        mode="listing",
        optional={"id": "number", "key": "text", "_role": "text"},
    ),
    "users": Table(
        description="A person of the help desk: who asks and who answers, deleted ones included.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        fields={"id": "number", "role": "text", "created_at": "text", "updated_at": "text"},
        optional={"name": "text", "email": "text", "phone": "text", "shared_phone_number": "boolean"}
        | {"active": "boolean"}
        | {"locale": "text", "external_id": "text", "user_fields": "object"},
    ),
    "tickets": Table(
        description="A ticket with its metrics, deleted ones included.",
        mode="changes",
        clock="generated_timestamp",
        created="created_at",
        fields={"id": "number", "status": "text", "requester_id": "number", "created_at": "text"}
        | {"updated_at": "text", "generated_timestamp": "number", "via": "object", "custom_fields": "list"},
        optional={"description": "text", "type": "text", "tags": "list", "metric_set": "object"},
        stands_for=("service", "tickets"),
    ),
    "satisfaction_ratings": Table(
        description="A requester was asked to rate a ticket, and may have done so.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        fields={"id": "number", "ticket_id": "number", "score": "text", "created_at": "text", "updated_at": "text"},
        optional={"requester_id": "number", "comment": "text", "reason": "text"},
        stands_for=("survey", "responses"),
    ),
}

TicketRole = Literal[
    "card_number", "customer_id", "order_id", "product_id", "response_id", "review_id", "store_id", "topic"
]
UserRole = Literal["card_number", "customer_id"]
# An id is written as a number, a title as a text.
FieldName = Annotated[str, BeforeValidator(lambda given: str(given) if type(given) is int else given)]


class ZendeskConfig(ConnectorConfig):
    """One account of Zendesk Support.

    Attributes:
        user: e-mail address of the administrator whom the API token reads as; left out: an OAuth access token is used.
        ticket_fields: column of the contract: title or id of the ticket field that holds it.
        user_fields: column of the contract: key of the user field that holds it, or `external_id`.
        ratings: whether satisfaction ratings are read; false for a plan that has none.
        exports_per_minute: requests that Zendesk allows to exports.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("api_token", "access_token")

    kind: Literal["zendesk"]
    user: Annotated[str, StringConstraints(pattern=r"^[^@\s/]+@[^@\s/]+$")] | None = None
    ticket_fields: dict[TicketRole, FieldName] = Field(default_factory=dict)
    user_fields: dict[UserRole, FieldName] = Field(default_factory=dict)
    ratings: bool = True
    exports_per_minute: int = Field(default=10, ge=1, le=100)
    sweep_days: int = Field(default=30, ge=1, le=366)
    # A page of an export holds a thousand records, so that a day more costs hardly a call.
    overlap_minutes: int = Field(default=1440, ge=1, le=10_080)

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The API token of a user, or an access token."""
        return ("api_token",) if self.user else ("access_token",)
