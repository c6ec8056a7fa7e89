"""Square: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from ingestion.connectors.config import ConnectorConfig, HttpsUrl
from ingestion.connectors.tables import Table

TABLES: Final[dict[str, Table]] = {
    "locations": Table(
        description="A location of the seller, closed ones included.",
        mode="listing",
        created="created_at",
        fields={"id": "text", "name": "text", "status": "text"},
        optional={"address": "object", "country": "text", "currency": "text", "timezone": "text"}
        | {"business_email": "text", "phone_number": "text", "created_at": "text"},
        stands_for=("pos", "stores"),
    ),
    "catalog": Table(
        description="An item, a variation of an item, or a category of the catalogue.",
        mode="listing",
        clock="updated_at",
        fields={"id": "text", "type": "text", "updated_at": "text"},
        optional={"item_data": "object", "item_variation_data": "object", "category_data": "object"},
    ),
    "customers": Table(
        description="A profile of the customer directory.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        fields={"id": "text", "created_at": "text", "updated_at": "text"},
        optional={"given_name": "text", "family_name": "text", "email_address": "text", "phone_number": "text"}
        | {"address": "object", "birthday": "text", "reference_id": "text"},
        stands_for=("pos", "loyalty_cards"),
    ),
    "orders": Table(
        description="A sale, a return or an exchange, with its lines, service charges and returned lines.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        fields={"id": "text", "location_id": "text", "state": "text", "created_at": "text", "updated_at": "text"}
        | {"total_money": "object"},
        optional={"customer_id": "text", "line_items": "list", "taxes": "list", "service_charges": "list"}
        | {"returns": "list", "tenders": "list", "closed_at": "text", "total_tax_money": "object"}
        | {"total_discount_money": "object", "total_tip_money": "object", "rounding_adjustment": "object"}
        | {"net_amount_due_money": "object"},
        stands_for=("pos", "sales"),
    ),
    "payments": Table(
        description="A payment of an order.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        can_vanish=False,
        fields={"id": "text", "status": "text", "amount_money": "object", "created_at": "text", "updated_at": "text"},
        optional={"order_id": "text", "source_type": "text", "card_details": "object", "external_details": "object"}
        | {"customer_id": "text"},
        stands_for=("pos", "payments"),
    ),
    "refunds": Table(
        description="Money given back for a payment.",
        mode="changes",
        clock="updated_at",
        created="created_at",
        can_vanish=False,
        fields={"id": "text", "status": "text", "amount_money": "object", "created_at": "text"},
        optional={"payment_id": "text", "order_id": "text", "location_id": "text", "reason": "text"}
        | {"updated_at": "text"},
        stands_for=("pos", "returns"),
    ),
    "loyalty_accounts": Table(
        description="A membership of the loyalty programme, with the points that it holds.",
        mode="listing",
        clock="updated_at",
        created="created_at",
        fields={"id": "text"},
        optional={"customer_id": "text", "balance": "number", "enrolled_at": "text", "created_at": "text"}
        | {"updated_at": "text", "mapping": "object"},
        stands_for=("pos", "loyalty_balances"),
    ),
    "loyalty_events": Table(
        description="A movement of points.",
        mode="changes",
        clock="created_at",
        created="created_at",
        can_vanish=False,
        fields={"id": "text", "type": "text", "loyalty_account_id": "text", "created_at": "text"},
        optional={"accumulate_points": "object", "accumulate_promotion_points": "object", "create_reward": "object"}
        | {"delete_reward": "object", "redeem_reward": "object", "adjust_points": "object"}
        | {"expire_points": "object", "other_event": "object"},
        stands_for=("pos", "loyalty_movements"),
    ),
}

Version = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]


class SquareConfig(ConnectorConfig):
    """The tills and the online store of one seller on Square.

    Attributes:
        locations: ids of the locations whose orders and payments are taken; empty: all of them.
        api_version: version of the API that is asked for, a date. The one that the mapping was written for.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("token",)

    kind: Literal["square"]
    url: HttpsUrl = "https://connect.squareup.com"
    locations: tuple[str, ...] = ()
    api_version: Version = "2025-08-20"
    # Tills without a connection hand their sales in up to three days later, dated when they were made.
    overlap_minutes: int = Field(default=5760, ge=1, le=10_080)
