"""A good shop: twenty weeks of forty orders a day, with its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.settings import Night, Retailer, Settings, Storage
from tests.expectations.lake import AS_OF, Lake

COLUMNS = {
    "order_id": "'o' || day || '-' || nth",
    "status": "'completed'",
    "currency_code": "'EUR'",
    "country_code": "'GR'",
    "total_amount": "cast(20 + nth as decimal(18, 4))",
    "ordered_at": f"timestamp '{AS_OF}' - to_days(cast(day as integer)) + to_minutes(8 * 60 + nth)",
    "updated_at": f"timestamp '{AS_OF}' - to_days(cast(day as integer)) + to_minutes(8 * 60 + nth)",
}


def orders(where: str = "true", **changed: str) -> str:
    """Return SQL for forty orders (`nth`) on each of 140 days (`day` 0 is the last), with some columns changed."""
    columns = ", ".join(f"{expression} as {name}" for name, expression in (COLUMNS | changed).items())
    return f"select {columns} from range(140) as days (day), range(40) as orders (nth) where {where}"


ORDERS = orders()
LINES = f"""
    select order_id, '1' as line_id, 2 as quantity, total_amount / 2 as unit_price, updated_at as order_updated_at
    from ({ORDERS})"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a retailer whose data are in the test's own folder."""
    config = tmp_path / "evermart.toml"
    config.touch()
    monkeypatch.setenv("EVERMART_CONFIG", str(config))
    return Settings(
        root=tmp_path,
        retailer=Retailer(time_zone="Europe/Athens"),
        night=Night(as_of=AS_OF),
        storage=Storage(data="data"),
    )


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """The lake of a good e-shop."""
    lake = Lake(Path(settings.lake_url))
    lake.land("eshop", "shop", "orders", ORDERS)
    lake.land("eshop", "shop", "order_lines", LINES)
    return lake
