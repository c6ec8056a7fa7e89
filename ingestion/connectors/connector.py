"""One configured connector, as a source system like any other.

Belongs here: what landing, checks and the asset graph ask of a system. Does not belong here: reading it.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.tables import Table
from ingestion.contract import Entity
from ingestion.mapping_file import Partitions


class Connector(BaseModel):
    """A section `[connectors.<name>]` of the settings, with the tables of its vendor."""

    model_config = ConfigDict(frozen=True)

    name: str
    config: SerializeAsAny[ConnectorConfig]
    mapping_path: Path
    time_zone: str

    @property
    def kind(self) -> str:
        """The vendor, which is the first folder of the lake."""
        return self.config.kind

    @property
    def location(self) -> str:
        """Address of the system."""
        return self.config.url

    @property
    def partitions(self) -> Partitions | None:
        """The days that can be read again; none when the settings name no first day."""
        return Partitions(start=self.config.start) if self.config.start else None

    @property
    def entities(self) -> dict[str, Table]:
        """The tables, by name."""
        return self.config.tables

    def contract(self, entity: str) -> Entity:
        """Return a table in the words of the landing contract."""
        return self.entities[entity].entity
