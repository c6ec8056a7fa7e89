"""The settings of a database: a section `[connectors.<name>]` of kind `sql_database`.

Belongs here: declarations, so light that settings may import them. Does not belong here: the mapping file
(`mapping`), connecting (`client`).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, model_validator

from ingestion.section import CurrencyCode, Section, TimeZone

DIALECTS: Final = {"postgresql": "postgresql", "postgres": "postgresql", "mariadb": "mariadb", "mysql": "mariadb"}
PORTS: Final = {"postgresql": 5432, "mariadb": 3306}
_EXAMPLE: Final = "postgresql://pos.example.com:5432/shop or mariadb://pos.example.com:3306/ospos"

Preset = Literal["open_source_pos", "tryton_pos"]


def _database_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in DIALECTS or not parts.hostname or not parts.path.strip("/"):
        raise ValueError(f"write the whole address of the database, for example {_EXAMPLE}")
    if parts.username or parts.password:
        raise ValueError("the address holds a user or password; secrets do not belong into settings")
    allowed = {"sslmode"} if DIALECTS[parts.scheme] == "postgresql" else set()
    if set(parse_qs(parts.query)) - allowed or parts.fragment:
        raise ValueError("of parameters, only sslmode of PostgreSQL may be in the address")
    return url


class DatabaseConfig(Section):
    """A section `[connectors.<name>]` of kind `sql_database`; the name stays with every row as `source_system`.

    Attributes:
        url: address of the database with its scheme (postgresql, mariadb), host, port and name.
        preset: mapping that comes with Evermart.
        mapping: mapping file of one's own, relative to the settings' file; instead of a preset.
        time_zone: zone of times that carry none; left out: the mapping's, else the retailer's.
        currency: what `{currency}` in the mapping stands for; left out: the reporting currency.
        start: first day to take; left out: everything.
        reread_days: every night so many days are read again and compared, which finds what was changed and deleted.
        overlap_minutes: how much of what the cursor was read up to is read again, for changes that were under way.
        allow_mass_deletion: true lets a load through in which more than half of the days that are read has gone.
    """

    secrets: ClassVar[tuple[str, ...]] = ("user", "password")

    kind: Literal["sql_database"]
    url: Annotated[str, AfterValidator(_database_url)]
    preset: Preset | None = None
    mapping: str | None = None
    time_zone: TimeZone | None = None
    currency: CurrencyCode | None = None
    start: dt.date | None = None
    reread_days: int = Field(default=60, ge=1, le=3650)
    overlap_minutes: int = Field(default=60, ge=1, le=10_080)
    allow_mass_deletion: bool = False

    @model_validator(mode="after")
    def _one_mapping(self) -> DatabaseConfig:
        if (self.preset is None) == (self.mapping is None):
            raise ValueError("give either preset (open_source_pos, tryton_pos) or mapping (a file of your own)")
        return self

    @property
    def dialect(self) -> str:
        """The kind of database: postgresql or mariadb."""
        return DIALECTS[urlsplit(self.url).scheme]
