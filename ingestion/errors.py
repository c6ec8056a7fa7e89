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


class AccessRefusedError(SourceUnavailableError):
    """A system is there and does not let us in (wrong secret, expired token, missing permission): no use to retry."""


class SourceDefectError(IngestionError):
    """A system answers, and what it says cannot be right (pages that repeat, a table that is suddenly empty)."""


class LandingBusyError(IngestionError):
    """Another process is landing the same system at this moment."""
