"""Opening the reader of a connector's vendor.

Belongs here: which reader belongs to which vendor, imported only when a system is read. Does not belong here: the list
of vendors that settings know (`registry`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ingestion.connectors.connector import Connector
from ingestion.connectors.http import Limits
from ingestion.connectors.klaviyo.reader import KlaviyoReader
from ingestion.connectors.limesurvey.reader import LimeSurveyReader
from ingestion.connectors.medusa.reader import MedusaReader
from ingestion.connectors.reader import Reader
from ingestion.connectors.secrets import Secrets, find_secrets
from ingestion.connectors.shopify.reader import ShopifyReader
from ingestion.connectors.square.reader import SquareReader
from ingestion.connectors.typeform.reader import TypeformReader
from ingestion.connectors.woocommerce.reader import WooCommerceReader
from ingestion.connectors.zendesk.reader import ZendeskReader

READERS: Final[dict[str, Callable[[Connector, Secrets, Limits], Reader]]] = {
    "klaviyo": KlaviyoReader,
    "limesurvey": LimeSurveyReader,
    "medusa": MedusaReader,
    "shopify": ShopifyReader,
    "square": SquareReader,
    "typeform": TypeformReader,
    "woocommerce": WooCommerceReader,
    "zendesk": ZendeskReader,
}


@contextmanager
def open_reader(connector: Connector, limits: Limits | None = None) -> Iterator[Reader]:
    """Yield the reader of a connector.

    Raises:
        AccessRefusedError: a secret is not set.
    """
    reader = READERS[connector.kind](connector, find_secrets(connector), limits or Limits())
    try:
        yield reader
    finally:
        reader.close()
