"""What tests of every room share: one night of the sample retailer, run once as a user would run it.

Belongs here: the expensive fixtures. Does not belong here: what only one room needs.
"""

from __future__ import annotations

import pickle
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from hypothesis import settings

from orchestration.snapshot import PUBLISHED_SCHEMAS, TableDigest, table_digests
from tests.parsed import locked
from tests.shop import Shop

# A busy machine is no defect of the code, and a change is to be judged by the same examples wherever it is tested.
# `--hypothesis-profile=explore` draws others each time.
settings.register_profile("evermart", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("evermart")

SMALL_SAMPLE = "[sample]\nscale = 0.05\n"
# These tables tell of single runs, and have another row after each.
RUNS = {"audit.identity_run", "audit.identity_blast_radius"}
# These tell the history of nights and loads (what was merged since, what was restated, when something was last loaded),
# which is another one when days come late. All others tell of customers, and must not know how their rows came.
HISTORY = RUNS | {
    "customer.customer_merge_log",
    "customer.customer_id_alias",
    "audit.source_freshness",
    "loyalty.fct_points_ledger",
    "loyalty.tier_history_known",
    "loyalty.loyalty_status_known",
}


@dataclass(frozen=True)
class Night:
    """A retailer after a night, what the night printed, and the digests of what it published.

    `digests` are of every table as it is, `customers` of those that tell of customers, up to the names of these.
    """

    shop: Shop
    done: subprocess.CompletedProcess[str]
    digests: dict[str, TableDigest]
    customers: dict[str, TableDigest]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a night as slow, and put files with slow tests first, which leaves no worker alone at the end.

    The first worker begins with a file that makes the first night, the second with one that does not wait for it.
    """
    for item in items:
        if "first_night" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    slow = [path for path, tests in files.items() if any(test.get_closest_marker("slow") for test in tests)]
    waiting = [path for path in slow if any("first_night" in getattr(test, "fixturenames", ()) for test in files[path])]
    ordered = [*waiting[:1], *(path for path in slow if path not in waiting), *waiting[1:]]
    ordered += [path for path in files if path not in slow]
    items[:] = [test for path in ordered for test in files[path]]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder that the workers of a run have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@pytest.fixture(scope="session")
def first_night(shared: Path) -> Night:
    """One night of a small sample retailer. Tests read it; a test that changes something takes `retailer`.

    The workers of a run share it: whoever needs it first makes it, and the others wait for it meanwhile.
    """
    folder = shared / "first_night"
    made = folder / "night.pickle"
    folder.mkdir(exist_ok=True)
    with locked(folder):
        if not made.exists():
            made.write_bytes(pickle.dumps(_first_night(folder / "shop")))
    night: Night = pickle.loads(made.read_bytes())
    return night


def _first_night(folder: Path) -> Night:
    shutil.rmtree(folder, ignore_errors=True)  # what a worker left whose night had failed
    shop = Shop.create(folder, [], SMALL_SAMPLE)
    done = shop.run("nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    return Night(shop, done, published_digests(shop), customer_digests(shop))


@pytest.fixture
def retailer(first_night: Night, tmp_path: Path) -> Iterator[Shop]:
    """A copy of the retailer after its first night, to be changed. Dagster's own history stays behind."""
    folder = tmp_path / "retailer"
    shutil.copytree(first_night.shop.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("dagster", "audit"))
    yield Shop(folder)
    shutil.rmtree(folder)


def published_digests(shop: Shop) -> dict[str, TableDigest]:
    """Return the digest of every published table."""
    with shop.published() as connection:
        return table_digests(connection)


def customer_digests(shop: Shop) -> dict[str, TableDigest]:
    """Return the digests of the tables that tell of customers, not of nights, with every customer named anew.

    An id is a matter of history: two warehouses that hold the same customers may know them under other ids. So a
    customer is named by the smallest key among its records, in every column that holds the id or is made of it.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{shop.snapshot_path.resolve()}' as snapshot (read_only)")
        connection.execute(
            """
            create temp table canonical as
            select customer_id as given_id, min(customer_record_key) as canonical_id
            from snapshot.customer.customer_record_map group by customer_id
            """
        )
        for schema in PUBLISHED_SCHEMAS:
            connection.execute(f"create schema {schema}")
        for table in connection.execute(_TABLES, {"schemas": list(PUBLISHED_SCHEMAS)}).fetchall():
            _rename_customers(connection, *table)
        digests = table_digests(connection)
    return {table: digest for table, digest in digests.items() if table not in HISTORY}


_TABLES = """
select
    schema_name || '.' || table_name,
    list(column_name) filter (where data_type = 'VARCHAR'),
    bool_or(column_name = 'customer_id')
from duckdb_columns()
where database_name = 'snapshot' and list_contains($schemas, schema_name)
group by all
"""


def _rename_customers(
    connection: duckdb.DuckDBPyConnection, table: str, texts: list[str], names_customers: bool
) -> None:
    if not names_customers:
        connection.execute(f"create table {table} as from snapshot.{table}")
        return
    renamed = ", ".join(f"coalesce(replace({name}, given_id, canonical_id), {name}) as {name}" for name in texts)
    connection.execute(
        f"""
        create table {table} as
        select rows.* exclude (given_id, canonical_id) replace ({renamed})
        from (select * from snapshot.{table} left join canonical on customer_id = given_id) as rows
        """
    )
