"""What Shopify is asked for, as GraphQL: the same fields of a record whether it comes by page or in bulk.

    Selection -> paged(): a page of records, the first rows of their connections inside
              -> bulk(): all records, each row of a connection on a line of its own
              -> rest(): the further rows of one record's connection

Belongs here: texts of queries. Does not belong here: sending them (`client`), putting records together (`records`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from ingestion.connectors.shopify.config import ShopifyConfig

MONEY: Final = "{ shopMoney { amount } }"
BOTH: Final = "{ shopMoney { amount } presentmentMoney { amount currencyCode } }"
ADDRESS: Final = "{ firstName lastName phone address1 address2 zip city countryCodeV2 }"
VARIABLES: Final = "($first: Int!, $after: String, $query: String)"


@dataclass(frozen=True)
class Connection:
    """Rows inside of a record, which Shopify hands over in pages. `types` tells them apart in bulk."""

    name: str
    fields: str
    first: int
    types: frozenset[str]


@dataclass(frozen=True)
class Selection:
    """The fields of a table's records. `root` is the query's field, `type` the name of the type."""

    root: str
    type: str
    fields: str
    connections: tuple[Connection, ...] = ()
    created: str = "created_at"
    page: int = 50

    @property
    def inside(self) -> str:
        """The fields with the first rows of every connection."""
        rows = [f"{one.name}(first: {one.first}) {_rows(one)}" for one in self.connections]
        return " ".join((self.fields, *rows))

    def paged(self, *, newest_first: bool = False) -> str:
        """Return the query of a page, in the order of change."""
        return (
            f"query {VARIABLES} {{ {self.root}(first: $first, after: $after, query: $query, sortKey: UPDATED_AT, "
            f"reverse: {json.dumps(newest_first)}) "
            f"{{ nodes {{ {self.inside} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )

    def keys(self) -> str:
        """Return the query of a page of ids and clocks, in the order of ids, which does not change while it is read."""
        return (
            f"query {VARIABLES} {{ {self.root}(first: $first, after: $after, query: $query, sortKey: ID) "
            "{ nodes { id createdAt updatedAt } pageInfo { hasNextPage endCursor } } }"
        )

    def end(self, *, newest: bool) -> str:
        """Return the query of the first or last change."""
        order = f"sortKey: UPDATED_AT, reverse: {json.dumps(newest)}"
        return f"query {{ {self.root}(first: 1, {order}) {{ nodes {{ updatedAt createdAt }} }} }}"

    def number(self) -> str:
        """Return the query of the number of records."""
        return f"query ($query: String, $limit: Int) {{ {self.root}Count(query: $query, limit: $limit) {{ count }} }}"

    def these(self) -> str:
        """Return the query of records by id."""
        return f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {self.type} {{ {self.inside} }} }} }}"

    def rest(self, one: Connection) -> str:
        """Return the query of the further rows of one record's connection."""
        return (
            f"query ($id: ID!, $first: Int!, $after: String) {{ node(id: $id) {{ ... on {self.type} "
            f"{{ {one.name}(first: $first, after: $after) {_rows(one)} }} }} }}"
        )

    def bulk(self, filtered: str) -> str:
        """Return the query of a bulk operation. Bulk operations know no variables."""
        rows = [f"{one.name} {{ edges {{ node {{ __typename {one.fields} }} }} }}" for one in self.connections]
        inside = " ".join((self.fields, *rows))
        return f"{{ {self.root}(query: {json.dumps(filtered)}) {{ edges {{ node {{ {inside} }} }} }} }}"


CHILDREN: Final = "query ($id: ID!) {{ order(id: $id) {{ refunds {{ {} }} }} }}"  # with the fields of a refund
SCOPES: Final = "query { currentAppInstallation { accessScopes { handle } } }"
TIME: Final = "query { shop { id } }"
RUN: Final = (
    "mutation ($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) "
    "{ bulkOperation { id } userErrors { code message } } }"
)
WATCH: Final = "query ($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount fileSize url } }"
CANCEL: Final = "mutation ($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }"


def selections(config: ShopifyConfig) -> dict[str, Selection]:
    """Return what is asked of each table."""
    whole = {
        "customers": Selection("customers", "Customer", _customer(config), created="customer_date", page=100),
        "products": Selection(
            "products",
            "Product",
            "id title productType vendor status isGiftCard createdAt updatedAt category { name }",
            (Connection("variants", f"id title sku price compareAtPrice {_DATES}", 50, _of("ProductVariant")),),
            page=20,
        ),
        "orders": Selection("orders", "Order", _order(config), _ORDER_ROWS, page=10),
        "order_refunds": Selection(
            "refunds", "Refund", f"id note {_DATES} processedAt totalRefundedSet {BOTH}", _REFUND_ROWS
        ),
    }
    return {
        table: Selection(
            one.root,
            one.type,
            " ".join((one.fields, *config.more_fields.get(table, ()))),
            one.connections,
            one.created,
            one.page,
        )
        for table, one in whole.items()
    }


def _rows(one: Connection) -> str:
    return f"{{ nodes {{ __typename {one.fields} }} pageInfo {{ hasNextPage endCursor }} }}"


def _of(*types: str) -> frozenset[str]:
    return frozenset(types)


_DATES: Final = "createdAt updatedAt"
_ORDER_ROWS: Final = (
    Connection(
        "lineItems",
        "id name title sku quantity currentQuantity isGiftCard product { id } variant { id } "
        f"originalUnitPriceSet {MONEY} originalTotalSet {MONEY} taxLines {{ priceSet {MONEY} }} "
        f"discountAllocations {{ allocatedAmountSet {MONEY} discountApplication {{ index }} }}",
        10,
        _of("LineItem"),
    ),
    Connection(
        "shippingLines",
        f"id title code originalPriceSet {MONEY} discountedPriceSet {MONEY} taxLines {{ priceSet {MONEY} }}",
        3,
        _of("ShippingLine"),
    ),
    Connection(
        "discountApplications",
        "index targetType ... on DiscountCodeApplication { code } ... on AutomaticDiscountApplication { title } "
        "... on ManualDiscountApplication { title } ... on ScriptDiscountApplication { title }",
        3,
        _of(
            "DiscountCodeApplication",
            "AutomaticDiscountApplication",
            "ManualDiscountApplication",
            "ScriptDiscountApplication",
        ),
    ),
)
_REFUND_ROWS: Final = (
    Connection(
        "refundLineItems",
        f"id quantity restockType lineItem {{ id product {{ id }} variant {{ id }} }} subtotalSet {MONEY} "
        f"totalTaxSet {MONEY}",
        50,
        _of("RefundLineItem"),
    ),
    Connection(
        "refundShippingLines", f"id subtotalAmountSet {MONEY} taxAmountSet {MONEY}", 5, _of("RefundShippingLine")
    ),
    Connection("orderAdjustments", f"id reason amountSet {MONEY} taxAmountSet {MONEY}", 5, _of("OrderAdjustment")),
    Connection(
        "transactions",
        f"id kind status gateway createdAt processedAt amountSet {MONEY}",
        5,
        _of("OrderTransaction"),
    ),
)


def _customer(config: ShopifyConfig) -> str:
    fields = f"id {_DATES} state locale"
    if config.personal_data:
        fields += (
            " verifiedEmail firstName lastName defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }"
            " defaultPhoneNumber { phoneNumber marketingState marketingUpdatedAt }"
            f" defaultAddress {ADDRESS}"
        )
    return fields


def _order(config: ShopifyConfig) -> str:
    fields = (
        f"id name {_DATES} processedAt cancelledAt cancelReason closedAt test edited sourceName taxesIncluded "
        "currencyCode presentmentCurrencyCode displayFinancialStatus displayFulfillmentStatus returnStatus "
        f"customer {{ id }} subtotalPriceSet {BOTH} totalPriceSet {BOTH} totalTaxSet {MONEY} "
        f"totalTipReceivedSet {MONEY} "
        f"transactions {{ id kind status gateway test createdAt processedAt amountSet {MONEY} "
        "parentTransaction { id } } "
        "fulfillments { id status displayStatus createdAt inTransitAt deliveredAt estimatedDeliveryAt updatedAt } "
        f"refunds {{ id updatedAt }}"
    )
    return fields + (f" email phone billingAddress {ADDRESS} shippingAddress {ADDRESS}" if config.personal_data else "")
