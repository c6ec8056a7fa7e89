"""The errors of landing. Each message names the file or system, what is wrong, and the remedy.

Belongs here: errors that a caller may want to tell apart. Does not belong here: settings errors (`ingestion.settings`).
"""

from __future__ import annotations


class IngestionError(Exception):
    """Something in the way of landing that a person can put right."""


class MappingError(IngestionError):
    """A mapping file is wrong; the message names the file, the entity, the column and the remedy."""


class SourceUnavailableError(IngestionError):
    """A source system cannot be reached (folder missing, bucket refused, connection lost): an outage, not a defect."""


class LandingBusyError(IngestionError):
    """Another process is landing the same system at this moment."""
