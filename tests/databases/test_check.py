"""What `check` says of a database: what can be read, or one clear sentence with the remedy, and never a secret."""

from __future__ import annotations

import pytest

from ingestion.check import check_systems
from ingestion.errors import AccessRefusedError, SourceUnavailableError
from ingestion.settings import SettingsError, load_settings
from tests.databases.conftest import Tills
from tests.databases.servers import TILL_PASSWORD, free_port
from tests.databases.test_landing import MAPPING, fill


def said(tills: Tills) -> str:
    report = check_systems(tills.settings)
    assert TILL_PASSWORD not in report.text
    return report.text


def test_it_says_what_there_is(tills: Tills) -> None:
    fill(tills)
    report = check_systems(tills.settings)
    assert report.ok, report.text
    assert "sales: 3 rows, days " in report.text
    assert "stores: 2 rows" in report.text
    assert not (tills.root / "data" / "lake").exists()


def test_a_wrong_password(tills: Tills, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tills)
    monkeypatch.setenv("SOURCES__TILLS__PASSWORD", "something else")
    assert "the user or password is wrong; set both anew" in said(tills)
    with pytest.raises(AccessRefusedError, match="wrong"):
        tills.land()


def test_a_missing_secret(tills: Tills, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tills)
    monkeypatch.delenv("SOURCES__TILLS__USER")
    assert "user is not set; set SOURCES__TILLS__USER in the environment" in said(tills)


def test_a_wrong_host_port_or_database(tills: Tills) -> None:
    fill(tills)
    tills.configure(url=tills.url.replace("127.0.0.1", "no-such-host.invalid"))
    assert "there is no host no-such-host.invalid" in said(tills)
    tills.configure(url=tills.url.replace(str(tills.server.port), str(free_port())))
    assert "nobody answers at 127.0.0.1" in said(tills)
    with pytest.raises(SourceUnavailableError, match="nobody answers"):
        tills.land()
    tills.configure(url=tills.url.replace(tills.database, "no_such_database"))
    text = said(tills)
    assert "there is no database no_such_database" in text or "may not connect to database" in text


def test_a_table_that_is_missing_or_not_granted(tills: Tills) -> None:
    fill(tills)
    tills.configure(MAPPING.replace("table: shops", "table: branches"))
    text = said(tills)
    # MariaDB does not tell one who may not read a table whether there is one.
    assert "stores: tills: stores: the table branches does not exist" in text or "may not read the table" in text
    tills.run("create table closed_shops (id integer, name varchar(10))")
    tills.configure(MAPPING.replace("table: shops", "table: closed_shops"))
    assert "the user may not read the table closed_shops; grant it SELECT" in said(tills)


def test_a_column_that_is_not_there_names_those_that_are(tills: Tills) -> None:
    fill(tills)
    tills.run("alter table shops rename column name to title")
    assert "the table shops has no column 'name'; it has id, title; correct tills.yml" in said(tills)
    with pytest.raises(AccessRefusedError, match="no column 'name'"):
        tills.land()


def test_a_query_that_the_database_does_not_understand(tills: Tills) -> None:
    fill(tills)
    tills.configure(MAPPING.replace("table: shops", "query: select id, name frm shops"))
    assert "it does not understand the query" in said(tills)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ('url = "postgresql://user:secret@host/db"\nmapping = "x.yml"', "secrets do not belong into settings"),
        ('url = "oracle://host/db"\nmapping = "x.yml"', "write the whole address"),
        ('url = "postgresql://host/db"', "give either preset"),
        ('url = "postgresql://host/db"\nmapping = "x.yml"\npassword = "secret"', "is not a setting of this connector"),
    ],
)
def test_wrong_settings(
    section: str, sentence: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("settings") / "evermart.toml"
    path.write_text(f'[connectors.tills]\nkind = "sql_database"\n{section}\n')
    monkeypatch.setenv("EVERMART_CONFIG", str(path))
    with pytest.raises(SettingsError, match=sentence) as raised:
        load_settings()
    assert "secret@" not in str(raised.value)
