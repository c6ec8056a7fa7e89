"""A landing of a connector that is killed at any moment, and run again, loses nothing and shows nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.connectors.conftest import Retailer
from tests.connectors.test_woocommerce import assert_equal, fill
from tests.connectors.woocommerce import WooShop

LAND = """
from ingestion.land import land
from ingestion.settings import load_settings
from ingestion.systems import load_sources
import ingestion.connectors.passes as passes
passes.BATCH_RECORDS = 8
settings = load_settings()
land(load_sources(settings)[0], settings)
"""


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["first call", "half of the calls", "first load under way", "second load under way"])
def test_a_killed_landing_is_completed_by_the_next(retailer: Retailer, shop: WooShop, stage: str) -> None:
    fill(shop)
    working = retailer.settings.dlt_path / "shop"
    lake = Path(retailer.settings.lake_url) / "woocommerce" / "shop"
    reached: Callable[[], bool] = {
        "first call": lambda: len(shop.asked) >= 1,
        "half of the calls": lambda: len(shop.asked) >= 35,
        "first load under way": (working / "load").exists,
        "second load under way": lambda: (
            len(list(lake.glob("_dlt_loads/*"))) >= 1 and any(working.glob("normalize/*/*"))
        ),
    }[stage]
    process = subprocess.Popen([sys.executable, "-c", LAND], cwd=Path(__file__).parents[2], env=dict(os.environ))
    while process.poll() is None and not reached():
        time.sleep(0.002)
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    retailer.land("shop")
    assert_equal(retailer, shop)
    for table in ("orders", "products", "customers"):
        twice = f"select 1 from lake_woocommerce.{table} group by record_id, version having count(*) > 1"
        assert retailer.query(twice) == []
    assert retailer.findings("shop") == []
