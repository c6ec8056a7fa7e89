"""Klaviyo: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from ingestion.connectors.config import ConnectorConfig, HttpsUrl
from ingestion.connectors.tables import Table

# Names of Klaviyo's own metrics, in lower case, whose events are read. What each says is the seed
# `connector_message_metric`; a test holds the two together.
METRICS: Final = (
    "received email",
    "opened email",
    "clicked email",
    "bounced email",
    "marked email as spam",
    "unsubscribed from email marketing",
    "unsubscribed",  # the same, in accounts that are older
    "received sms",
    "clicked sms",
    "failed to deliver sms",
    "unsubscribed from sms marketing",
    "unsubscribed from sms",
    "received push",
    "opened push",
    "bounced push",
)

_ENVELOPE: Final = "attributes"

TABLES: Final[dict[str, Table]] = {
    "metrics": Table(
        description="A kind of event, such as Opened Email.",
        mode="listing",
        envelope=_ENVELOPE,
        clock="attributes.updated",
        created="attributes.created",
        fields={"id": "text", "attributes": "object", "attributes.name": "text"},
        optional={"attributes.integration": "object", "attributes.created": "text", "attributes.updated": "text"},
    ),
    "campaigns": Table(
        description="A campaign: a message, or several variants of it, sent once to many.",
        mode="listing",
        envelope=_ENVELOPE,
        clock="attributes.updated_at",
        created="attributes.created_at",
        fields={"id": "text", "attributes": "object", "attributes.name": "text"},
        optional={"relationships": "object", "attributes.created_at": "text", "attributes.updated_at": "text"},
    ),
    "flows": Table(
        description="A flow: messages that are sent by themselves when something happens.",
        mode="listing",
        envelope=_ENVELOPE,
        clock="attributes.updated",
        created="attributes.created",
        fields={"id": "text", "attributes": "object", "attributes.name": "text"},
        optional={"attributes.created": "text", "attributes.updated": "text"},
    ),
    "profiles": Table(
        description="A person of whom the account knows, with what is known of consent.",
        mode="changes",
        envelope=_ENVELOPE,
        clock="attributes.updated",
        created="attributes.created",
        fields={"id": "text", "attributes": "object", "attributes.created": "text", "attributes.updated": "text"}
        | {"attributes.subscriptions": "object"},
        optional={"attributes.email": "text", "attributes.phone_number": "text", "attributes.first_name": "text"}
        | {"attributes.last_name": "text", "attributes.locale": "text"},
        stands_for=("eshop", "customers"),
    ),
    "events": Table(
        description="Something that happened to a message and a person: received, opened, clicked, bounced, ...",
        mode="changes",
        envelope=_ENVELOPE,
        clock="attributes.datetime",
        created="attributes.datetime",
        can_vanish=False,
        fields={"id": "text", "attributes": "object", "relationships": "object", "attributes.datetime": "text"}
        | {"attributes.event_properties": "object"},
        stands_for=("service", "messages"),
    ),
}

Revision = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]


class KlaviyoConfig(ConnectorConfig):
    """An account of Klaviyo.

    Attributes:
        revision: revision of the API that is asked for, a date. The one that the mapping was written for.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("api_key",)

    kind: Literal["klaviyo"]
    url: HttpsUrl = "https://a.klaviyo.com"
    revision: Revision = "2026-07-15"
    # Events are dated when they happened and come later: a mailbox tells of a bounce or a complaint when it likes.
    overlap_minutes: int = Field(default=2880, ge=1, le=10_080)
