"""A shop in a temporary folder: files and a mapping go in, the views of the lake come out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.lake import connect_lake
from ingestion.land import Finding, LandingResult, land, reconcile
from ingestion.mapping import System, load_system
from ingestion.settings import Settings, load_settings

ORDERS: dict[str, Any] = {
    "files": "orders*.csv",
    "columns": {
        "order_id": "id",
        "status": "status",
        "currency_code": {"value": "EUR"},
        "ordered_at": "created",
        "total_amount": "total",
        "updated_at": "updated",
    },
}
HEADER = "id,status,created,total,updated\n"


class Shop:
    """One system under test."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root, self.settings = root, settings
        self.entities: dict[str, Any] = {"orders": ORDERS}
        self.document: dict[str, Any] = {"system": "shop", "kind": "eshop", "location": "files"}

    def write(self, name: str, content: str | bytes, at: float | None = None) -> Path:
        path = self.root / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if at is not None:
            os.utime(path, (at, at))
        return path

    def map(self, entity: str, columns: dict[str, Any], files: str = "*", **more: Any) -> None:
        self.entities = {entity: {"files": files, "columns": columns, **more}}

    @property
    def system(self) -> System:
        path = self.root / "mapping.yml"
        path.write_text(yaml.safe_dump(self.document | {"entities": self.entities}, sort_keys=False))
        return load_system(path, self.settings)

    def land(self, **options: Any) -> LandingResult:
        (self.root / "files").mkdir(exist_ok=True)
        return land(self.system, self.settings, **options)

    def findings(self) -> list[Finding]:
        return reconcile(self.settings, self.system)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(connect_lake(self.settings.lake_url)) as connection:
            return connection.execute(sql).fetchall()

    def values(self, column: str, entity: str = "orders", order: str = "_source_file, _source_row") -> list[Any]:
        return [value for (value,) in self.query(f"select {column} from lake_eshop.{entity} order by {order}")]

    def quarantine(self) -> list[tuple[Any, ...]]:
        return self.query(
            "select column_name, column_value, reason from lake.quarantine order by _source_file, _source_row"
        )

    def log(self) -> list[tuple[Any, ...]]:
        return self.query(
            "select _source_file, file_status, reason from lake.landing_log order by _known_at, _source_file"
        )


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    (tmp_path / "evermart.toml").write_text('[retailer]\ntime_zone = "Europe/Athens"\n')
    monkeypatch.setenv("EVERMART_CONFIG", str(tmp_path / "evermart.toml"))
    monkeypatch.setenv("EVERMART_STORAGE__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    yield Shop(tmp_path, load_settings())
