"""The names that assets, checks and groups go by, so that two modules never spell one name twice.

Belongs here: asset keys and names. Does not belong here: definitions.
"""

from __future__ import annotations

from typing import Final

import dagster as dg

LANDING: Final = "landing"
LOG_TABLES: Final = ("landing_log", "quarantine")
SNAPSHOT_KEY: Final = dg.AssetKey(["published", "snapshot"])
WAREHOUSE_POOL: Final = "warehouse"  # DuckDB lets one process write: every step that opens the warehouse claims it


def landing_key(system: str, table: str) -> dg.AssetKey:
    """Return the key of a landed table: `[landing, system, entity]`."""
    return dg.AssetKey([LANDING, system, table])


def identity_key(table: str) -> dg.AssetKey:
    """Return the key of a table that the identity step writes."""
    return dg.AssetKey(["identity", table])


def prediction_key(table: str) -> dg.AssetKey:
    """Return the key of a table that the prediction step writes."""
    return dg.AssetKey(["prediction", table])
