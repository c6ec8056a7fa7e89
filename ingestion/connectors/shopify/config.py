"""Shopify: its settings and the tables that are read.

Belongs here: declarations, so light that settings may import them. Does not belong here: queries (`queries`), requests
(`client`, `bulk`, `reader`).
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.tables import Table

TABLES: Final[dict[str, Table]] = {
    "customers": Table(
        description="A customer of the shop, with an account or without.",
        mode="changes",
        clock="updatedAt",
        created="createdAt",
        fields={"id": "text", "createdAt": "text", "updatedAt": "text", "state": "text", "locale": "text"},
        optional={"defaultEmailAddress": "object", "defaultPhoneNumber": "object", "firstName": "text"}
        | {"lastName": "text", "defaultAddress": "object", "verifiedEmail": "boolean"},
        stands_for=("eshop", "customers"),
    ),
    "products": Table(
        description="A product of the catalogue with its variants.",
        mode="changes",
        clock="updatedAt",
        created="createdAt",
        fields={"id": "text", "title": "text", "productType": "text", "vendor": "text", "status": "text"}
        | {"isGiftCard": "boolean", "createdAt": "text", "updatedAt": "text", "variants": "list"},
        stands_for=("eshop", "products"),
    ),
    "orders": Table(
        description="An order with its lines, shipping, discounts, payments and shipments. Draft orders are not read.",
        mode="changes",
        clock="updatedAt",
        created="createdAt",
        fields={"id": "text", "name": "text", "createdAt": "text", "processedAt": "text", "updatedAt": "text"}
        | {"cancelledAt": "text", "closedAt": "text", "test": "boolean", "edited": "boolean", "sourceName": "text"}
        | {"taxesIncluded": "boolean", "currencyCode": "text", "displayFinancialStatus": "text"}
        | {"displayFulfillmentStatus": "text", "customer": "object", "subtotalPriceSet": "object"}
        | {"totalPriceSet": "object", "totalTaxSet": "object", "lineItems": "list", "shippingLines": "list"}
        | {"discountApplications": "list", "transactions": "list", "fulfillments": "list", "refunds": "list"},
        optional={"email": "text", "phone": "text", "billingAddress": "object", "shippingAddress": "object"},
        stands_for=("eshop", "orders"),
    ),
    "order_refunds": Table(
        description="A refund, a return, or what an edit took out of an order.",
        mode="children",
        parent="orders",
        clock="updatedAt",
        created="createdAt",
        fields={"id": "text", "createdAt": "text", "processedAt": "text", "updatedAt": "text", "note": "text"}
        | {"totalRefundedSet": "object", "refundLineItems": "list", "refundShippingLines": "list"}
        | {"orderAdjustments": "list", "transactions": "list"},
        stands_for=("eshop", "refunds"),
    ),
}

# What is asked for in the place of a selection may name fields and what is inside of them, no arguments and no pages.
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(\s*\{[A-Za-z0-9_{}\s]*\})?")


def _more(fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for table, names in fields.items():
        if table not in TABLES:
            raise ValueError(f"there is no table {table}; write one of {', '.join(TABLES)}")
        for name in names:
            if not _FIELD.fullmatch(name) or name.count("{") != name.count("}"):
                raise ValueError(f"{name!r} is no field; write it as in GraphQL, for example 'app {{ name }}'")
    return fields


class ShopifyConfig(ConnectorConfig):
    """A shop on Shopify.

    Attributes:
        api_version: version of the Admin API, which Shopify serves for a year: the current one or the one before it.
        sign_in: `app` with the id and secret of an app of the Dev Dashboard, `token` with the token of a custom app
            that was made in the shop's admin before 2026.
        personal_data: false asks for no name, e-mail, phone and address, for an app that is not approved for them.
        more_fields: fields to land beside those that staging reads, by table.
    """

    tables: ClassVar[dict[str, Table]] = TABLES
    secrets: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")

    kind: Literal["shopify"]
    api_version: Literal["2026-10", "2026-07"] = "2026-10"
    sign_in: Literal["app", "token"] = "app"
    personal_data: bool = True
    more_fields: Annotated[dict[str, tuple[str, ...]], AfterValidator(_more)] = Field(default={})

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The secrets that this way of signing in needs."""
        return self.secrets if self.sign_in == "app" else ("access_token",)
