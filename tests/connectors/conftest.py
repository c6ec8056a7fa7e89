"""A retailer with connectors, whose systems are servers on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from ingestion.connectors import http
from ingestion.lake import connect_lake
from ingestion.land import Finding, LandingResult, land, reconcile
from ingestion.settings import Settings, load_settings
from ingestion.systems import load_sources
from tests.connectors.limesurvey import PASSWORD as LIME_PASSWORD
from tests.connectors.limesurvey import LimeSurvey
from tests.connectors.server import System, certificate, serving
from tests.connectors.shopify import CLIENT_ID, CLIENT_SECRET, TOKEN
from tests.connectors.square import TOKEN as SQUARE_TOKEN
from tests.connectors.square import SquareSeller
from tests.connectors.woocommerce import KEY, SECRET, WooShop
from tests.connectors.zendesk import ACCESS_TOKEN, API_TOKEN, USER, ZendeskAccount
from tests.databases.conftest import postgres

__all__ = ["postgres"]  # the fixture, shared
pytest.register_assert_rewrite("tests.connectors.faults")

QUICK = http.Limits(attempts=4, connect_seconds=2, read_seconds=1, answer_seconds=2, total_seconds=15, longest_wait=3,
                    first_wait=0.01, pace=0)  # fmt: skip


class Retailer:
    """Connectors in a temporary folder; each landing reads the settings anew."""

    def __init__(self, root: Path, certificates: Path) -> None:
        self.root, self.certificates = root, certificates
        self.sections: dict[str, str] = {}
        self._stack = ExitStack()

    def connect(self, name: str, kind: str, system: System, more: str = "") -> str:
        url = self._stack.enter_context(serving(system, self.certificates))
        ca = self.certificates / "ca.pem"
        self.sections[name] = f'[connectors.{name}]\nkind = "{kind}"\nurl = "{url}"\nca_bundle = "{ca}"\n{more}\n'
        self.write()
        return url

    def write(self) -> None:
        (self.root / "evermart.toml").write_text("\n".join(self.sections.values()))

    @property
    def settings(self) -> Settings:
        return load_settings()

    def system(self, name: str) -> Any:
        return next(system for system in load_sources(self.settings) if system.name == name)

    def land(self, name: str, **options: Any) -> LandingResult:
        return land(self.system(name), self.settings, **options)

    def findings(self, name: str) -> list[Finding]:
        return reconcile(self.settings, self.system(name))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(connect_lake(self.settings.lake_url)) as connection:
            return connection.execute(sql).fetchall()

    def latest(self, name: str) -> dict[str, dict[str, Any]]:
        """The newest version of every living record of a system in the lake, by table and id."""
        system, found = self.system(name), dict[str, dict[str, Any]]()
        for table in system.entities:
            rows = self.query(
                f"""select record_id, record from lake_{system.kind}.{table} where source_system = '{name}'
                qualify row_number() over (partition by record_id order by version desc) = 1 and deleted_at is null"""
            )
            found[table] = {key: json.loads(record) for key, record in rows}
        return found

    def assert_holds(self, name: str, truth: dict[str, dict[str, Any]]) -> None:
        """The lake has the records of a system, all and as they are, and no others."""
        lake = self.latest(name)
        assert {table: set(rows) for table, rows in lake.items()} == {table: set(rows) for table, rows in truth.items()}
        assert lake == truth

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificates")).parent


@pytest.fixture
def make_retailer(
    tmp_path_factory: pytest.TempPathFactory, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Retailer]]:
    """Make retailers, of which the last one is the configured one."""
    made: list[Retailer] = []
    monkeypatch.setattr(http.Limits, "__init__", _quick_limits(http.Limits.__init__))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    secrets = {"consumer_key": KEY, "consumer_secret": SECRET, "token": "tfp_0123456789abcdef"}
    secrets |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "access_token": TOKEN}
    for name, value in secrets.items():
        for system in ("shop", "other_shop", "voice"):
            monkeypatch.setenv(f"SOURCES__{system.upper()}__{name.upper()}", value)
    monkeypatch.setenv("SOURCES__TILL__TOKEN", SQUARE_TOKEN)
    monkeypatch.setenv("SOURCES__LIME__PASSWORD", LIME_PASSWORD)
    monkeypatch.setenv("SOURCES__DESK__API_TOKEN", API_TOKEN)
    monkeypatch.setenv("SOURCES__DESK__ACCESS_TOKEN", ACCESS_TOKEN)

    def make() -> Retailer:
        root = tmp_path_factory.mktemp("retailer")
        monkeypatch.setenv("EVERMART_CONFIG", str(root / "evermart.toml"))
        monkeypatch.setenv("EVERMART_STORAGE__DATA", str(root / "data"))
        made.append(Retailer(root, certificates))
        return made[-1]

    yield make
    for retailer in made:
        retailer.close()


def _quick_limits(original: Callable[..., None]) -> Callable[..., None]:
    quick = {name: getattr(QUICK, name) for name in QUICK.__dataclass_fields__}

    def init(self: http.Limits, **given: Any) -> None:
        original(self, **(quick | given))

    return init


@pytest.fixture
def retailer(make_retailer: Callable[[], Retailer]) -> Retailer:
    return make_retailer()


@pytest.fixture
def shop(retailer: Retailer) -> WooShop:
    shop = WooShop()
    retailer.connect("shop", "woocommerce", shop)
    return shop


@pytest.fixture
def seller(retailer: Retailer) -> SquareSeller:
    seller = SquareSeller()
    retailer.connect("till", "square", seller)
    return seller


@pytest.fixture
def lime(retailer: Retailer) -> LimeSurvey:
    lime = LimeSurvey()
    retailer.connect("lime", "limesurvey", lime, 'user = "evermart"')
    lime.add_survey(541147)
    lime.add_survey(971185)
    return lime


@pytest.fixture
def desk(retailer: Retailer) -> ZendeskAccount:
    desk = ZendeskAccount()
    retailer.connect("desk", "zendesk", desk, f'user = "{USER}"')
    return desk


def wait_for_the_next_second() -> None:
    """WooCommerce's clock has no finer hand."""
    time.sleep(1.01 - time.time() % 1)
