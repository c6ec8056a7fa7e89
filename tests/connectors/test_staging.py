"""The unit tests of vendors' staging, over an empty lake: they need dbt and no system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.connectors.registry import VENDOR_TABLES
from tests.shop import Shop


@pytest.mark.slow
def test_the_unit_tests_of_every_vendor_s_staging_pass(tmp_path: Path) -> None:
    shop = Shop.create(tmp_path, [])
    variables = {
        "as_of_date": "2026-10-31",
        "time_zone": "Europe/Athens",
        "reporting_currency": "EUR",
        "max_quarantined_share": 0.05,
        "connectors": sorted(VENDOR_TABLES),
        "rules_digest": "as they are",
    }
    chosen = [
        "resource_type:seed,connector*",
        "resource_type:seed,currency",
        *(f"path:models/staging/{vendor}" for vendor in VENDOR_TABLES),
    ]
    done = shop.run(
        "dbt", "build", "--select", *chosen, "--exclude-resource-type", "test", "--vars", json.dumps(variables)
    )
    assert done.returncode == 0, done.stdout
