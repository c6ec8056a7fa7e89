"""A landing that is killed at any moment, and run again, loses nothing and shows nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingestion.settings import load_settings
from tests.ingestion.conftest import HEADER, Shop

LAND = """
from ingestion.land import land
from ingestion.mapping import load_systems
from ingestion.settings import load_settings
settings = load_settings()
print("go", flush=True)
land(load_systems(settings)[0], settings)
"""
FILES, ROWS = 4, 40_000


def start() -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", LAND], cwd=root, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "go\n"
    return process


def stages(shop: Shop) -> dict[str, Path]:
    working = shop.settings.dlt_path
    return {
        "reading": working / "spool",
        "extracted": working / "shop" / "normalize" / "extracted",
        "normalised": working / "shop" / "load" / "normalized",
        "uploading": Path(shop.settings.lake_url) / "eshop" / "shop" / "orders",
    }


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("stage", ["reading", "extracted", "normalised", "uploading"])
def test_a_killed_landing_is_completed_by_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, stage: str, first: bool
) -> None:
    if not first:
        shop.write("orders-x.csv", HEADER)
        shop.land()
    row = ",paid,2026-01-05 10:00:00,10.50,2026-01-05 10:00:00\n"
    for file in range(FILES):
        # Different columns keep the files in groups of their own, so that there is a moment between two of them.
        header = HEADER.replace("updated", f"updated,note {file}")
        shop.write(f"orders-{file}.csv", header + "".join(f"{file}-{i}{row[:-1]},\n" for i in range(ROWS)))
    _ = shop.system
    monkeypatch.setenv("EVERMART_SOURCES__MAPPINGS", '["mapping.yml"]')
    load_settings()
    process = start()
    watched, deadline = stages(shop)[stage], time.monotonic() + 60
    known = set(watched.rglob("*.parquet"))
    while not (watched.exists() and set(watched.rglob("*.parquet")) - known) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    shop.land()
    assert shop.query("select count(*), count(distinct order_id) from lake_eshop.orders") == [
        (FILES * ROWS, FILES * ROWS)
    ]
    assert shop.findings() == []
    assert not any((shop.settings.dlt_path / "spool").iterdir())
    everything = f"{shop.settings.lake_url}/eshop/shop/orders/*.parquet"
    assert shop.query(f"select count(*) from read_parquet('{everything}')") == [(FILES * ROWS,)]
