"""The shop of the file connector's tests, whose files lie elsewhere here."""

from tests.ingestion.conftest import shop

__all__ = ["shop"]
