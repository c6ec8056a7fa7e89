"""What tests of every room share: one night of the sample retailer, run once as a user would run it.

Belongs here: the expensive fixtures. Does not belong here: what only one room needs.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.snapshot import TableDigest, table_digests
from tests.shop import Shop

SMALL_SAMPLE = "[sample]\nscale = 0.05\n"
# These tables tell the history of nights and loads (what was merged since, when something was last loaded), which is
# another one when days come late. All others tell of customers, and must not know how their rows came.
HISTORY = {"customer.customer_merge_log", "customer.customer_id_alias", "audit.source_freshness"}


@dataclass(frozen=True)
class Night:
    """A retailer after a night, what the night printed, and the digests of what it published."""

    shop: Shop
    done: subprocess.CompletedProcess[str]
    digests: dict[str, TableDigest]


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """One night of a small sample retailer. Tests read it; a test that changes something takes `retailer`."""
    shop = Shop.create(tmp_path_factory.mktemp("sample"), [], SMALL_SAMPLE)
    done = shop.run("nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    return Night(shop, done, published_digests(shop))


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


def without_history(digests: dict[str, TableDigest]) -> dict[str, TableDigest]:
    """Return the digests of the tables that tell of customers, not of nights."""
    return {table: digest for table, digest in digests.items() if table not in HISTORY}
