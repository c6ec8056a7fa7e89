"""dbt-duckdb plugin: gives every dbt connection the views of the lake, so that dbt reads what has landed.

Named in `dbt_project/profiles.yml`. Belongs here: nothing but the hook; the views themselves are in `ingestion.lake`.
"""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from ingestion.lake import create_lake_views
from ingestion.settings import load_settings


class Plugin(BasePlugin):
    """Creates the views of the lake when dbt opens the warehouse."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Create the views on the connection that dbt is about to use."""
        create_lake_views(conn, load_settings().lake_url)
