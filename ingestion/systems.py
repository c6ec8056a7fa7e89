"""Every configured source system, whatever way it comes: files with a mapping, a database, or a named connector.

Belongs here: what all of them have in common, and the list. Does not belong here: how any of them is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ingestion.connectors.config import ConnectorConfig
from ingestion.connectors.connector import Connector
from ingestion.contract import Entity
from ingestion.databases.config import DatabaseConfig
from ingestion.databases.mapping import Database, load_database
from ingestion.errors import MappingError
from ingestion.mapping import load_systems
from ingestion.mapping_file import Partitions
from ingestion.settings import Settings


class SourceSystem(Protocol):
    """What landing, its checks and the asset graph need to know of a system."""

    @property
    def name(self) -> str:
        """Name that stays with every row."""

    @property
    def kind(self) -> str:
        """First folder of the lake: a kind of the landing contract, or a connector's vendor."""

    @property
    def location(self) -> str:
        """Folder, bucket or address."""

    @property
    def time_zone(self) -> str:
        """Zone of times that carry none."""

    @property
    def partitions(self) -> Partitions | None:
        """The days that can be read again."""

    @property
    def entities(self) -> Mapping[str, object]:
        """What it brings, by the name of the table in the lake."""

    @property
    def mapping_path(self) -> Path:
        """The file that configures it."""

    def contract(self, entity: str) -> Entity:
        """Return the description and columns of one of its tables."""


def load_sources(settings: Settings) -> tuple[SourceSystem, ...]:
    """Return every configured system; the built-in sample retailer's when none is configured.

    Raises:
        MappingError: a mapping is wrong, or two systems have one name.
    """
    files: tuple[SourceSystem, ...] = load_systems(settings)
    taken = {system.name: system.mapping_path for system in files}
    connectors: tuple[SourceSystem, ...] = (*load_connectors(settings), *load_databases(settings))
    for connector in connectors:
        if connector.name in taken:
            raise MappingError(
                f"{settings.config_file}: connector {connector.name!r} has the name of a system that is mapped by "
                f"{taken[connector.name]}; give each its own name"
            )
    return (*files, *connectors)


def load_connectors(settings: Settings) -> tuple[Connector, ...]:
    """Return the configured connectors with an API, in the order of their names."""
    return tuple(
        Connector(name=name, config=config, mapping_path=settings.config_file, time_zone=settings.retailer.time_zone)
        for name, config in sorted(settings.connectors.items())
        if isinstance(config, ConnectorConfig)
    )


def load_databases(settings: Settings) -> tuple[Database, ...]:
    """Return the configured databases, in the order of their names.

    Raises:
        MappingError: a mapping is wrong.
    """
    return tuple(
        load_database(name, config, settings)
        for name, config in sorted(settings.connectors.items())
        if isinstance(config, DatabaseConfig)
    )
