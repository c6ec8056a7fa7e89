"""The page of the landing contract says what the contract says."""

from __future__ import annotations

from ingestion.contract.document import PAGE, document_contract


def test_the_page_is_up_to_date() -> None:
    remedy = "run python -m ingestion.contract.document"
    assert PAGE.read_text(encoding="utf-8") == document_contract(), remedy
