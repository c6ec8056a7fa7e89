"""Connectors as Dagster assets: checks, days that are read again, and an outage that leaves the others alone."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ingestion.systems import load_sources
from orchestration.landing import build_landing_assets
from tests.connectors.conftest import Retailer
from tests.connectors.test_woocommerce import assert_equal
from tests.connectors.typeform import TOKEN, TypeformAccount
from tests.connectors.woocommerce import KEY, SECRET, WooShop

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def run(retailer: Retailer, name: str, *, days: tuple[dt.date, dt.date] | None = None) -> dg.ExecuteInProcessResult:
    settings = retailer.settings
    assets = {a.op.name: a for a in build_landing_assets(settings, load_sources(settings))}
    tags = {}
    if days:
        tags = {"dagster/asset_partition_range_start": str(days[0]), "dagster/asset_partition_range_end": str(days[1])}
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([assets[f"land_{name}"]], instance=instance, tags=tags, raise_on_error=False)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {f"{c.asset_key.path[-1]}.{c.check_name}": c for c in result.get_asset_check_evaluations()}


def test_each_table_is_an_asset_with_its_checks(retailer: Retailer, shop: WooShop) -> None:
    shop.place()
    result = run(retailer, "shop")
    assert result.success
    landed = {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}
    assert landed == {*retailer.system("shop").entities, "landing_log", "quarantine"}
    found = checks(result)
    assert all(check.passed for check in found.values())
    assert {"orders.rows_reconcile", "landing_log.access", "landing_log.fields_steady"} <= set(found)
    access: Any = found["landing_log.access"].metadata["tables"]
    assert [row.data["records"] for row in access.records if row.data["table"] == "orders"] == ["1"]


def test_a_field_that_no_longer_comes_warns(retailer: Retailer, shop: WooShop) -> None:
    del shop.place()["total_tax"]
    found = checks(run(retailer, "shop"))["landing_log.fields_steady"]
    assert not found.passed and found.severity == dg.AssetCheckSeverity.WARN
    assert "total_tax" in (found.description or "")


def test_a_refused_key_is_an_outage_with_a_sentence(retailer: Retailer, shop: WooShop) -> None:
    shop.key = "ck_other"
    result = run(retailer, "shop")
    assert result.success, "the other systems' night goes on"
    found = checks(result)
    for name in ("landing_log.source_reachable", "landing_log.access"):
        assert not found[name].passed and "Consumer key is invalid" in (found[name].description or "")
        assert not found[name].blocking
    assert KEY not in str(found) and SECRET not in str(found)


def test_days_can_be_read_again_in_one_run(retailer: Retailer, shop: WooShop) -> None:
    retailer.sections["shop"] += f"start = {(NOW - dt.timedelta(days=100)).date()}\n"
    retailer.write()
    too_old = shop.place(at=NOW - dt.timedelta(days=200))["id"]
    old = shop.place(at=NOW - dt.timedelta(days=18))
    assert run(retailer, "shop").success
    old["total"] = "1.23"  # behind the clock's back
    day = (NOW - dt.timedelta(days=18)).date()
    assert run(retailer, "shop", days=(day - dt.timedelta(days=1), day + dt.timedelta(days=1))).success
    del shop.tables["orders"][too_old]
    assert_equal(retailer, shop)


def test_a_sweep_does_not_bring_what_is_older_than_the_start(
    retailer: Retailer, shop: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    retailer.sections["shop"] += f"start = {(NOW - dt.timedelta(days=100)).date()}\n"
    retailer.write()
    too_old = shop.place(at=NOW - dt.timedelta(days=200))["id"]
    shop.place()
    retailer.land("shop")
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    retailer.land("shop")
    del shop.tables["orders"][too_old]
    assert_equal(retailer, shop)


def test_secrets_are_found_in_dlt_s_file_beside_the_settings(
    retailer: Retailer, shop: WooShop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account = TypeformAccount()
    retailer.connect("voice", "typeform", account)
    for name in ("SHOP__CONSUMER_KEY", "SHOP__CONSUMER_SECRET", "VOICE__TOKEN"):
        monkeypatch.delenv(f"SOURCES__{name}")
    (retailer.root / ".dlt").mkdir()
    (retailer.root / ".dlt" / "secrets.toml").write_text(
        f'[sources.shop]\nconsumer_key = "{KEY}"\nconsumer_secret = "{SECRET}"\n[sources.voice]\ntoken = "{TOKEN}"\n'
    )
    program = Path(sys.executable).with_name("evermart")
    done = subprocess.run([str(program), "check"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "orders: 0 records" in done.stdout and "Everything can land" in done.stdout
