"""A retailer whose tills' databases are real servers of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingestion.lake import connect_lake
from ingestion.land import Finding, LandingResult, land, reconcile
from ingestion.settings import Settings, load_settings
from ingestion.systems import load_sources
from tests.databases.servers import (
    TILL_PASSWORD,
    TILL_USER,
    MariaServer,
    NotInstallableError,
    PostgresServer,
    Server,
)


def running(server: Server) -> Iterator[Server]:
    try:
        server.start()
    except NotInstallableError as error:
        server.stop()
        pytest.skip(str(error))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    yield from running(PostgresServer())


@pytest.fixture(scope="session")
def maria() -> Iterator[Server]:
    yield from running(MariaServer())


@pytest.fixture(params=["postgres", "maria"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two, for what must hold on both."""
    found: Server = request.getfixturevalue(request.param)
    return found


class Tills:
    """One retailer with one database of tills, in a temporary folder."""

    def __init__(self, root: Path, server: Server, database: str) -> None:
        self.root, self.server, self.database = root, server, database
        self.engine = server.create_database(database)
        self.more = ""

    @property
    def scheme(self) -> str:
        return "postgresql" if isinstance(self.server, PostgresServer) else "mariadb"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.port}/{self.database}"

    def configure(self, mapping: str | None = None, *, preset: str = "", url: str = "", more: str = "") -> None:
        self.more = more
        chosen = f'preset = "{preset}"' if preset else 'mapping = "tills.yml"'
        if mapping is not None:
            (self.root / "tills.yml").write_text(mapping)
        text = f'[connectors.tills]\nkind = "sql_database"\nurl = "{url or self.url}"\n{chosen}\n{more}\n'
        (self.root / "evermart.toml").write_text(text)

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def grant(self, *tables: str) -> None:
        grantee = TILL_USER if self.scheme == "postgresql" else f"'{TILL_USER}'@'127.0.0.1'"
        self.run(*(f"grant select on {table} to {grantee}" for table in tables))

    @property
    def settings(self) -> Settings:
        return load_settings()

    def system(self) -> Any:
        return load_sources(self.settings)[0]

    def land(self, **options: Any) -> LandingResult:
        return land(self.system(), self.settings, **options)

    def findings(self) -> list[Finding]:
        return reconcile(self.settings, self.system())

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(connect_lake(self.settings.lake_url)) as connection:
            return connection.execute(sql).fetchall()

    def alive(self, entity: str, columns: str, key: str) -> list[tuple[Any, ...]]:
        """The newest version of every record that is not a tombstone."""
        return self.query(
            f"""select {columns} from (
                select *, row_number() over (
                    partition by {key} order by _file_modified_at desc, _known_at desc
                ) as n from lake_pos.{entity}
            ) where n = 1 and deleted_at is null order by all"""
        )


@pytest.fixture
def make_tills(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Server], Tills]]:
    made: list[Tills] = []
    monkeypatch.setenv("SOURCES__TILLS__USER", TILL_USER)
    monkeypatch.setenv("SOURCES__TILLS__PASSWORD", TILL_PASSWORD)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")

    def make(server: Server) -> Tills:
        root = tmp_path_factory.mktemp("tills")
        monkeypatch.setenv("EVERMART_CONFIG", str(root / "evermart.toml"))
        monkeypatch.setenv("EVERMART_STORAGE__DATA", str(root / "data"))
        monkeypatch.setenv("EVERMART_RETAILER__TIME_ZONE", "Europe/Athens")
        made.append(Tills(root, server, f"tills_{root.name.replace('-', '_').lower()}"))
        return made[-1]

    yield make
    for tills in made:
        tills.engine.dispose()


@pytest.fixture
def tills(make_tills: Callable[[Server], Tills], server: Server) -> Tills:
    return make_tills(server)


def value(connection: sa.Engine, sql: str) -> Any:
    with connection.connect() as opened:
        return opened.exec_driver_sql(sql).scalar()
