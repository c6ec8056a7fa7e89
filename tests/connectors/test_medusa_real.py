"""Landing a real Medusa 2, from npm and on a real PostgreSQL: whatever its API has shown since is in the lake."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion.check import check_systems
from ingestion.connectors import http
from ingestion.connectors.medusa.reader import _FIELDS
from tests.connectors.conftest import Retailer
from tests.connectors.medusa import RealMedusa
from tests.databases.servers import Server, free_port

VERSION = "2.21.2"
PACKAGES = ("@medusajs/medusa", "@medusajs/framework", "@medusajs/cli")
INSTALL_SECONDS, MIGRATE_SECONDS, START_SECONDS = 900, 600, 180
CONFIG = """
const { defineConfig } = require("@medusajs/framework/utils")
module.exports = defineConfig({
  admin: { disable: true },
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false, connection: { ssl: false } },
    http: { storeCors: "*", adminCors: "*", authCors: "*", jwtSecret: "test", cookieSecret: "test" },
  },
})
"""
LIMITS_INIT = http.Limits.__init__  # before fixtures make it quick
Json = dict[str, Any]


class Admin:
    """A shop's administrator, who works over the Admin API."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self.region = self.post("regions", name="EU", currency_code="eur", countries=["de"], automatic_taxes=True,
                                payment_providers=["pp_system_default"])["region"]["id"]  # fmt: skip
        rate = {"rate": 19, "code": "de19", "name": "USt"}
        self.post("tax-regions", country_code="de", provider_id="tp_system", default_tax_rate=rate)
        self.channel = self.get("sales-channels")["sales_channels"][0]["id"]
        self.product: Json = self.post(
            "products", title="Shirt", status="published", options=[{"title": "Size", "values": ["S"]}],
            sales_channels=[{"id": self.channel}],
            variants=[{"title": "S", "manage_inventory": False, "options": {"Size": "S"},
                       "prices": [{"amount": 10.55, "currency_code": "eur"}]}],
        )["product"]  # fmt: skip

    def get(self, path: str, **query: Any) -> Json:
        return self._ask("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Json:
        return self._ask("POST", path, json=body)

    def delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def order(self, email: str, quantity: int = 1, **more: Any) -> Json:
        variant = self.product["variants"][0]["id"]
        address = {"first_name": "Zoë", "last_name": "Smith", "address_1": "Str. 1", "city": "Berlin",
                   "country_code": "de", "postal_code": "10115"}  # fmt: skip
        draft = self.post(
            "draft-orders", email=email, region_id=self.region, sales_channel_id=self.channel,
            shipping_address=address, billing_address=address, items=[{"variant_id": variant, "quantity": quantity}],
            **more,
        )["draft_order"]  # fmt: skip
        order: Json = self.post(f"draft-orders/{draft['id']}/convert-to-order")["order"]
        return order

    def pay(self, order: Json) -> str:
        collection = self.post("payment-collections", order_id=order["id"], amount=order["total"])["payment_collection"]
        self.post(f"payment-collections/{collection['id']}/mark-as-paid", order_id=order["id"])
        found = self.get(f"orders/{order['id']}", fields="*payment_collections.payments")["order"]
        return str(found["payment_collections"][0]["payments"][0]["id"])

    def truth(self) -> dict[str, dict[str, Json]]:
        found: dict[str, dict[str, Json]] = {}
        for table, fields in _FIELDS.items():
            rows = self.get(table, fields=fields, limit=200, order="id")
            assert rows["count"] <= 200
            found[table] = {row["id"]: row for row in rows[table]}
        return found

    def _ask(self, method: str, path: str, **options: Any) -> Json:
        answer = requests.request(method, f"{self.url}/admin/{path}", auth=(self.key, ""), timeout=60, **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return dict(answer.json())


@pytest.fixture(scope="session")
def admin(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so Medusa cannot be fetched")
    folder, port = tmp_path_factory.mktemp("medusa"), free_port()
    packages = json.dumps({"name": "shop", "private": True, "dependencies": dict.fromkeys(PACKAGES, VERSION)})
    (folder / "package.json").write_text(packages)
    (folder / "medusa-config.js").write_text(CONFIG)
    postgres.create_database("medusa").dispose()
    url = postgres.url("medusa").set(drivername="postgres").render_as_string(hide_password=False)
    environment = os.environ | {"DATABASE_URL": url, "PORT": str(port), "MEDUSA_DISABLE_TELEMETRY": "true"}

    def run(*command: str, seconds: int) -> None:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        if command[:2] == ("npm", "install") and done.returncode:
            pytest.skip(f"npm does not give Medusa {VERSION}: {done.stderr.strip()[-200:]}")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", seconds=INSTALL_SECONDS)
    environment["NODE_ENV"] = "production"
    run("npx", "medusa", "db:migrate", seconds=MIGRATE_SECONDS)
    run("npx", "medusa", "user", "-e", "admin@example.org", "-p", "supersecret", seconds=MIGRATE_SECONDS)
    with (folder / "log").open("wb") as log:
        command = ["node", "node_modules/@medusajs/cli/cli.js", "start"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield Admin(f"http://127.0.0.1:{port}", _secret_key(f"http://127.0.0.1:{port}", folder))
    finally:
        process.terminate()
        process.wait(30)


def _secret_key(url: str, folder: Path) -> str:
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            if requests.get(f"{url}/health", timeout=5).ok:
                break
        except requests.RequestException:
            pass
        assert time.monotonic() < ends, (folder / "log").read_text()[-2000:]
        time.sleep(1)
    login = {"email": "admin@example.org", "password": "supersecret"}
    token = requests.post(f"{url}/auth/user/emailpass", json=login, timeout=60).json()["token"]
    made = requests.post(
        f"{url}/admin/api-keys",
        json={"title": "Evermart", "type": "secret"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    return str(made.json()["api_key"]["token"])


@pytest.mark.marathon
def test_the_lake_is_the_real_shop_after_every_night(
    admin: Admin, make_retailer: Callable[[], Retailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__SHOP__API_KEY", admin.key)
    monkeypatch.setattr("ingestion.connectors.medusa.reader.PAGE", 3)
    retailer = make_retailer()
    # A real one takes longer than the test servers.
    monkeypatch.setattr(http.Limits, "__init__", LIMITS_INIT)
    retailer.connect("shop", "medusa", RealMedusa(admin.url))
    orders = [admin.order(f"guest{n}@example.net", 1 + n) for n in range(7)]
    customer = admin.post("customers", email="ana@example.org", first_name="Ana", last_name="Ruiz")["customer"]
    assert check_systems(retailer.settings).ok
    retailer.land("shop")
    retailer.assert_holds("shop", admin.truth())
    assert {row["items"][0]["quantity"] for row in retailer.latest("shop")["orders"].values()} == set(range(1, 8))
    rows = retailer.query("select count(*) from lake_medusa.orders")
    retailer.land("shop")
    assert retailer.query("select count(*) from lake_medusa.orders") == rows

    admin.pay(orders[0])
    admin.post(f"payments/{admin.pay(orders[1])}/refund", amount=5)
    admin.post(f"orders/{orders[2]['id']}/cancel")
    admin.post(f"orders/{orders[3]['id']}/complete")
    address = {"address_1": "Str. 2", "city": "Köln", "country_code": "de", "postal_code": "50667"}
    admin.post(f"customers/{customer['id']}/addresses", **address)
    admin.post(f"products/{admin.product['id']}/variants/{admin.product['variants'][0]['id']}", title="XL")
    other = admin.post("customers", email="gone@example.org")["customer"]
    admin.order("late@example.net")
    retailer.land("shop")
    retailer.assert_holds("shop", admin.truth())

    admin.delete(f"customers/{other['id']}")
    retailer.land("shop")
    retailer.assert_holds("shop", admin.truth())
    assert other["id"] not in retailer.latest("shop")["customers"]
    assert retailer.findings("shop") == []
