"""Publishing: a snapshot appears whole, readers never fail, a kill leaves yesterday's, and back is one step."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from orchestration import publishing
from orchestration.publishing import CURRENT, RELEASES, SNAPSHOT_FILE, Release, publish, rollback
from orchestration.snapshot import PublishError, is_personal, table_digests

AS_OF = dt.date(2026, 10, 31)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    fill(path, 1)
    return path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


def fill(warehouse: Path, version: int, rows: int = 2_000) -> None:
    """Write two marts of which every value is the version, so that a reader that mixes releases is found out."""
    with duckdb.connect(str(warehouse)) as connection:
        for schema in ("customer", "growth", "personal"):
            connection.execute(f"create schema if not exists {schema}")
        for table in ("customer.dim_customer", "growth.headline_kpi"):
            connection.execute(
                f"create or replace table {table} as "
                f"select i as customer_id, {version} as version from range({rows}) t(i)"
            )
            connection.execute(f"comment on table {table} is 'The customer''s row. Grain: one per customer.'")
            for column in ("customer_id", "version"):
                connection.execute(f"comment on column {table}.{column} is 'The {column}, \"quoted\".'")
        connection.execute("create or replace table personal.contact as select 'a@example.org' as email")


def release(warehouse: Path, published: Path, keep: int = 7) -> Release:
    return publish(warehouse, published, as_of=AS_OF, run_id="run", checks={"passed": 3}, keep=keep)


def versions(published: Path) -> set[int]:
    with duckdb.connect(str((published / CURRENT / SNAPSHOT_FILE).resolve()), read_only=True) as connection:
        rows = connection.execute(
            "select distinct version from customer.dim_customer union select version from growth.headline_kpi"
        ).fetchall()
    return {version for (version,) in rows}


def test_a_snapshot_holds_the_published_schemas_with_their_comments_and_nothing_else(
    warehouse: Path, published: Path
) -> None:
    made = release(warehouse, published)
    with duckdb.connect(str(made.snapshot_path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        columns = connection.execute("select distinct comment from duckdb_columns() where not internal").fetchall()
    comment = "The customer's row. Grain: one per customer."
    assert tables == [("customer", "dim_customer", comment), ("growth", "headline_kpi", comment)]
    assert sorted(columns) == [('The customer_id, "quoted".',), ('The version, "quoted".',)]


def test_the_manifest_says_what_is_in_the_snapshot(warehouse: Path, published: Path) -> None:
    made = release(warehouse, published)
    manifest = json.loads((published / CURRENT / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["as_of"] == "2026-10-31"
    assert manifest["run_id"] == "run"
    assert manifest["checks"] == {"passed": 3}
    assert manifest["tables"]["customer.dim_customer"]["rows"] == 2_000
    assert publishing.read_release(published, made.name) == made


def test_an_older_duckdb_can_read_the_snapshot(warehouse: Path, published: Path) -> None:
    made = release(warehouse, published)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{made.snapshot_path}' as snapshot (read_only)")
        ((tags,),) = connection.execute(
            "select tags from duckdb_databases() where database_name = 'snapshot'"
        ).fetchall()
    assert tags["storage_version"].startswith("v1.2.0")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("comment on table customer.dim_customer is null", "customer.dim_customer has no comment"),
        ("comment on column growth.headline_kpi.version is null", "growth.headline_kpi.version has no comment"),
        ("alter table customer.dim_customer rename version to customer_email", "customer_email is personal data"),
    ],
)
def test_what_explains_nothing_or_too_much_is_not_published(
    warehouse: Path, published: Path, sql: str, message: str
) -> None:
    before = release(warehouse, published)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(sql)
    with pytest.raises(PublishError, match=message):
        release(warehouse, published)
    assert publishing.release_names(published) == [before.name]
    assert publishing.current_name(published) == before.name


def test_an_empty_warehouse_is_not_published(tmp_path: Path, published: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(PublishError, match="no marts"):
        release(empty, published)


def test_only_the_newest_releases_are_kept(warehouse: Path, published: Path) -> None:
    names = [release(warehouse, published, keep=3).name for _ in range(5)]
    assert publishing.release_names(published) == names[-3:]
    assert publishing.current_name(published) == names[-1]


def test_back_and_forward_again(warehouse: Path, published: Path) -> None:
    first = release(warehouse, published)
    fill(warehouse, 2)
    second = release(warehouse, published)
    assert versions(published) == {2}
    assert rollback(published) == first
    assert versions(published) == {1}
    with pytest.raises(PublishError, match=f"no release before {first.name}"):
        rollback(published)
    assert rollback(published, to=second.name) == second
    assert versions(published) == {2}
    with pytest.raises(PublishError, match="no release 'nothing'; kept are"):
        rollback(published, to="nothing")


def test_the_release_that_was_rolled_back_to_is_never_removed(warehouse: Path, published: Path) -> None:
    first = release(warehouse, published, keep=2)
    second = release(warehouse, published, keep=2)
    rollback(published)
    third = release(warehouse, published, keep=1)
    assert publishing.release_names(published) == [third.name]
    assert {first.name, second.name}.isdisjoint(publishing.release_names(published))


def test_readers_see_twenty_publishes_without_one_failed_or_mixed_query(warehouse: Path, published: Path) -> None:
    release(warehouse, published)
    stop = threading.Event()
    seen: list[set[int]] = []
    failures: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append(versions(published))
            except duckdb.Error as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for version in range(2, 22):
        fill(warehouse, version)
        release(warehouse, published, keep=3)
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert all(len(found) == 1 for found in seen)
    assert len({version for found in seen for version in found}) > 1
    assert versions(published) == {21}


KILLED_AT = """
import datetime as dt, os, signal, sys
from pathlib import Path
from orchestration import publishing

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

setattr({owner}, "{name}", die)
warehouse, published = map(Path, sys.argv[1:])
publishing.publish(warehouse, published, as_of=dt.date(2026, 10, 31), run_id="killed", checks={{}}, keep=1)
"""


@pytest.mark.parametrize(
    ("owner", "name", "version_after"),
    [
        ("publishing", "verify_snapshot", 1),
        ("publishing", "_write_manifest", 1),
        ("publishing", "_point_current_at", 1),
        ("Path", "replace", 1),
        ("publishing", "_remove_old", 2),
        ("publishing.shutil", "rmtree", 2),
    ],
)
def test_a_kill_at_any_point_leaves_a_whole_release(
    warehouse: Path, published: Path, owner: str, name: str, version_after: int
) -> None:
    release(warehouse, published)
    fill(warehouse, 2)
    script = KILLED_AT.format(owner=owner, name=name)
    done = subprocess.run([sys.executable, "-c", script, str(warehouse), str(published)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert versions(published) == {version_after}
    fill(warehouse, 3)
    made = release(warehouse, published, keep=1)
    assert versions(published) == {3}
    assert [path.name for path in (published / RELEASES).iterdir()] == [made.name]
    assert sorted(path.name for path in published.iterdir()) == [".lock", CURRENT, RELEASES]


def test_a_digest_tells_rows_apart_and_not_their_order() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema growth")

        def digest(sql: str) -> str:
            connection.execute(f"create or replace table growth.t as {sql}")
            return table_digests(connection, ["growth"])["growth.t"].digest

        base = digest("from (values (1, 'a'), (2, 'b')) v(x, y)")
        assert digest("from (values (2, 'b'), (1, 'a')) v(x, y)") == base
        assert digest("select y, x from (values (1, 'a'), (2, 'b')) v(x, y)") == base
        others = [
            "from (values (1, 'b'), (2, 'a')) v(x, y)",
            "from (values (1, 'a'), (2, 'b'), (2, 'b')) v(x, y)",
            "from (values (1, 'a'), (2, null)) v(x, y)",
            "from (values (1, 'a'), (2, '')) v(x, y)",
            "from (values (1, 'a'), (2, 'b')) v(x, z)",
            "from (values (1::bigint, 'a'), (2, 'b')) v(x, y)",
        ]
        assert len({base, *map(digest, others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("column", "personal"),
    [("email", True), ("guest_email", True), ("customer_phone", True), ("city", False), ("customer_id", False)],
)
def test_personal_columns_are_known_from_the_landing_contract(column: str, personal: bool) -> None:
    assert is_personal(column) is personal
