"""The open door: files of any system, with nothing but a mapping file, as a dlt source.

    listing (dlt filesystem source) -> spool -> scan -> plan -> read -> dlt resource per entity -> lake

Belongs here: the dlt source. Does not belong here: running it (`ingestion.land`), Dagster.
"""

from __future__ import annotations

from ingestion.files.listing import Days
from ingestion.files.source import build_source

__all__ = ["Days", "build_source"]
