"""WooCommerce: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: requests (`reader`).
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.tables import Table

TABLES: Final[dict[str, Table]] = {
    "customers": Table(
        description="A customer account of the shop. The API has no clock for them, so all are read.",
        mode="listing",
        clock="date_modified_gmt",
        created="date_created_gmt",
        fields={"id": "number", "email": "text", "first_name": "text", "last_name": "text", "billing": "object"}
        | {"date_created_gmt": "text", "date_modified_gmt": "text"},
        stands_for=("eshop", "customers"),
    ),
    "products": Table(
        description="A product of the catalogue.",
        mode="changes",
        clock="date_modified_gmt",
        created="date_created_gmt",
        fields={"id": "number", "name": "text", "sku": "text", "type": "text", "status": "text", "categories": "list"}
        | {"regular_price": "text", "price": "text", "date_created_gmt": "text", "date_modified_gmt": "text"}
        | {"meta_data": "list"},
        optional={"brands": "list"},
        stands_for=("eshop", "products"),
    ),
    "product_variations": Table(
        description="A variation of a product that comes in several.",
        mode="children",
        parent="products",
        clock="date_modified_gmt",
        created="date_created_gmt",
        fields={"id": "number", "sku": "text", "status": "text", "regular_price": "text", "price": "text"}
        | {"attributes": "list", "date_created_gmt": "text", "date_modified_gmt": "text"},
        optional={"name": "text"},
    ),
    "orders": Table(
        description="An order with its lines, fees, coupons and shipping. Orders in the bin have status `trash`.",
        mode="changes",
        clock="date_modified_gmt",
        created="date_created_gmt",
        fields={"id": "number", "number": "text", "status": "text", "currency": "text", "customer_id": "number"}
        | {"prices_include_tax": "boolean", "billing": "object", "shipping": "object", "line_items": "list"}
        | {"fee_lines": "list", "coupon_lines": "list", "shipping_lines": "list", "refunds": "list"}
        | {"discount_total": "text", "discount_tax": "text", "shipping_total": "text", "shipping_tax": "text"}
        | {"total": "text", "total_tax": "text", "payment_method": "text", "created_via": "text"}
        | {"date_created_gmt": "text", "date_modified_gmt": "text", "date_paid_gmt": "text"}
        | {"date_completed_gmt": "text", "meta_data": "list"},
        optional={"gift_cards": "list"},
        stands_for=("eshop", "orders"),
    ),
    "order_refunds": Table(
        description="A refund of an order.",
        mode="children",
        parent="orders",
        created="date_created_gmt",
        fields={"id": "number", "amount": "text", "reason": "text", "date_created_gmt": "text", "line_items": "list"}
        | {"shipping_lines": "list", "fee_lines": "list"},
        stands_for=("eshop", "refunds"),
    ),
    "coupons": Table(
        description="A coupon as it is set up. Landed for those who ask; no mart reads it.",
        mode="changes",
        clock="date_modified_gmt",
        created="date_created_gmt",
        fields={"id": "number", "code": "text", "date_modified_gmt": "text"},
    ),
    "product_reviews": Table(
        description="An approved review of a product. The API has no clock for them, so all are read.",
        mode="listing",
        created="date_created_gmt",
        fields={"id": "number", "product_id": "number", "reviewer": "text", "reviewer_email": "text", "review": "text"}
        | {"rating": "number", "verified": "boolean", "date_created_gmt": "text"},
        stands_for=("survey", "reviews"),
    ),
}


class WooCommerceConfig(ConnectorConfig):
    """A shop on WooCommerce.

    Attributes:
        return_window_days: orders that are younger are compared every night, since they are still being returned.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("consumer_key", "consumer_secret")

    kind: Literal["woocommerce"]
    return_window_days: int = Field(default=60, ge=0, le=3650)
