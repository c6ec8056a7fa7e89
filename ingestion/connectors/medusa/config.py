"""Medusa 2: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.tables import Table

TABLES: Final[dict[str, Table]] = {
    "customers": Table(
        description="A customer of the shop, with an account or a guest. An address moves no clock, so all are read.",
        mode="listing",
        clock="updated_at",
        created="created_at",
        fields={"id": "text", "email": "text", "first_name": "text", "last_name": "text", "phone": "text"}
        | {"has_account": "boolean", "created_at": "text", "updated_at": "text", "addresses": "list"},
        stands_for=("eshop", "customers"),
    ),
    "products": Table(
        description="A product with its variants and prices. A variant moves no clock of it, so all are read.",
        mode="listing",
        clock="updated_at",
        created="created_at",
        fields={"id": "text", "title": "text", "status": "text", "is_giftcard": "boolean", "created_at": "text"}
        | {"updated_at": "text", "variants": "list"},
        optional={"categories": "list", "collection": "object", "type": "object"},
        stands_for=("eshop", "products"),
    ),
    "orders": Table(
        description="An order with its lines, shipping, payments, refunds and shipments. Draft orders are not read.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        fields={"id": "text", "display_id": "number", "status": "text", "currency_code": "text", "created_at": "text"}
        | {"updated_at": "text", "canceled_at": "text", "customer_id": "text", "email": "text", "items": "list"}
        | {"shipping_methods": "list", "payment_collections": "list", "payment_status": "text"}
        | {"fulfillment_status": "text", "fulfillments": "list"},
        optional={"shipping_address": "object", "billing_address": "object", "sales_channel": "object"},
        stands_for=("eshop", "orders"),
    ),
}


class MedusaConfig(ConnectorConfig):
    """A shop on Medusa 2.

    Attributes:
        open_days: orders that are younger are read again every night, since a payment does not move their clock.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("api_key",)

    kind: Literal["medusa"]
    open_days: int = Field(default=60, ge=1, le=3650)
