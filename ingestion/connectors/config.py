"""The settings that every connector has. A vendor adds its own in `ingestion.connectors.<vendor>.config`.

Belongs here: what is written below `[connectors.<name>]` and is the same for all. Does not belong here: secrets, which
are never settings (`ingestion.connectors.secrets`).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from ingestion.connectors.tables import Table
from ingestion.section import Section


def _https(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("write the whole address with https://, for example https://shop.example.com")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the address holds more than host and path; keys and secrets do not belong into settings")
    return url.rstrip("/")


HttpsUrl = Annotated[str, AfterValidator(_https)]


class ConnectorConfig(Section):
    """A section `[connectors.<name>]`; the name stays with every row as `source_system`.

    Attributes:
        url: address of the system, https only.
        start: first day of change to take; left out: everything that the system has.
        sweep_days: every so many days all ids are compared, to find what was deleted for good.
        overlap_minutes: how much of what was read is read again, for changes that were under way.
        ca_bundle: file of certificates to trust, for a system with a certificate of its own making.
        allow_mass_deletion: true lets a load through in which more than half of a table has gone.
    """

    tables: ClassVar[dict[str, Table]]
    secrets: ClassVar[tuple[str, ...]]

    kind: str
    url: HttpsUrl
    start: dt.date | None = None
    sweep_days: int = Field(default=7, ge=1, le=366)
    overlap_minutes: int = Field(default=60, ge=1, le=10_080)
    ca_bundle: str | None = None
    allow_mass_deletion: bool = False

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The secrets that must be set."""
        return self.secrets
