"""What goes wrong in a night, what that stops, and what a person is told."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Night, published_digests
from tests.shop import Shop

pytestmark = pytest.mark.slow


def current(shop: Shop) -> str:
    return (shop.folder / "data" / "published" / "current").readlink().name


def a_daily_file(shop: Shop, entity: str) -> Path:
    return max((shop.folder / "data" / "sample" / "tills" / "daily").rglob(f"{entity}.csv"))


def test_a_file_that_lacks_a_column_publishes_nothing_and_is_named(retailer: Shop) -> None:
    before = current(retailer)
    file = a_daily_file(retailer, "sales")
    header, *rows = file.read_text(encoding="cp1253").splitlines()
    file.write_text("\n".join([header.replace("BonNr", "Nummer", 1), *rows]), encoding="cp1253")
    done = retailer.run("nightly")
    told = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "failed files_accepted on landing/tills/sales" in told
    assert file.parent.name in told
    assert "Nothing was published" in told
    assert before in told
    assert current(retailer) == before


def test_a_system_that_cannot_be_reached_does_not_stop_the_others(retailer: Shop, first_night: Night) -> None:
    before = current(retailer)
    shutil.move(retailer.folder / "data" / "sample" / "voice", retailer.folder / "gone")
    done = retailer.run("nightly")
    told = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not reached" in told
    assert "source_reachable on landing/voice/landing_log" in told
    assert current(retailer) != before
    assert published_digests(retailer)["customer.fct_order"] == first_night.digests["customer.fct_order"]


def test_a_lake_that_lost_rows_publishes_nothing(retailer: Shop) -> None:
    before = current(retailer)
    lake = retailer.folder / "data" / "lake" / "pos" / "tills" / "sales"
    min(lake.glob("*.parquet")).unlink()
    done = retailer.run("nightly")
    told = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "failed rows_reconcile on landing/tills/sales" in told
    assert "Nothing was published" in told
    assert current(retailer) == before


def test_a_night_that_is_killed_takes_its_steps_along_and_holds_nobody_back(retailer: Shop) -> None:
    before = current(retailer)
    command = [str(Path(sys.executable).with_name("evermart")), "nightly"]
    environment = {"EVERMART_CONFIG": str(retailer.folder / "evermart.toml"), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, cwd=retailer.folder, env=environment, stdout=subprocess.PIPE, text=True) as night:
        for line in night.stdout or ():
            if "done identify" in line:
                break
        night.kill()
    assert current(retailer) == before
    done = retailer.run("nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    assert current(retailer) != before


def test_two_nights_do_not_overlap(retailer: Shop) -> None:
    with (retailer.folder / "data" / "night.lock").open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        done = retailer.run("nightly")
    assert done.returncode == 1
    assert "A night is already running" in done.stderr


def test_back_to_the_snapshot_before(retailer: Shop) -> None:
    done = retailer.run("rollback")
    assert done.returncode == 1
    assert "There is no release before" in done.stderr
