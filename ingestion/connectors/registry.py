"""The list of vendors: the one place that a new connector is added to.

Belongs here: which kinds there are, their settings and where their readers are. Does not belong here: anything that
takes time to import, since settings read this module.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.klaviyo.config import KlaviyoConfig
from ingestion.connectors.limesurvey.config import LimeSurveyConfig
from ingestion.connectors.medusa.config import MedusaConfig
from ingestion.connectors.shopify.config import ShopifyConfig
from ingestion.connectors.square.config import SquareConfig
from ingestion.connectors.tables import Table
from ingestion.connectors.typeform.config import TypeformConfig
from ingestion.connectors.woocommerce.config import WooCommerceConfig
from ingestion.connectors.zendesk.config import ZendeskConfig
from ingestion.databases.config import DatabaseConfig

AnyConnector = Annotated[
    DatabaseConfig
    | KlaviyoConfig
    | LimeSurveyConfig
    | MedusaConfig
    | ShopifyConfig
    | SquareConfig
    | TypeformConfig
    | WooCommerceConfig
    | ZendeskConfig,
    Field(discriminator="kind"),
]

CONFIGS: Final[dict[str, type[ConnectorConfig]]] = {
    "klaviyo": KlaviyoConfig,
    "limesurvey": LimeSurveyConfig,
    "medusa": MedusaConfig,
    "shopify": ShopifyConfig,
    "square": SquareConfig,
    "typeform": TypeformConfig,
    "woocommerce": WooCommerceConfig,
    "zendesk": ZendeskConfig,
}

VENDOR_TABLES: Final[dict[str, dict[str, Table]]] = {kind: config.tables for kind, config in CONFIGS.items()}
