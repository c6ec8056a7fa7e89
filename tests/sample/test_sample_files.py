"""The sample is the same everywhere, is made once, appears whole, and grows in flat memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ingestion import sample as sample_module
from ingestion.mapping import load_systems
from ingestion.sample import build, chunk, ensure_sample
from ingestion.sample.build import build_sample
from ingestion.sample.period import DAILY_DAYS, Period
from ingestion.settings import Sample, Settings, Storage

END_DATE = dt.date(2026, 10, 31)


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _settings(root: Path, scale: float = 0.02, seed: int = 7) -> Settings:
    return Settings(root=root, sample=Sample(seed=seed, scale=scale), storage=Storage(data=str(root / "data")))


def test_equal_settings_give_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_sample(tmp_path / "a", 11, 0.05, END_DATE)
    one_thread = chunk.open_workshop

    def slow_workshop(period: Period) -> object:
        connection = one_thread(period)
        connection.execute("set threads = 1")
        return connection

    monkeypatch.setattr(build, "open_workshop", slow_workshop)
    build_sample(tmp_path / "b", 11, 0.05, END_DATE)
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")
    build_sample(tmp_path / "c", 12, 0.05, END_DATE)
    assert _digest(tmp_path / "a") != _digest(tmp_path / "c")


def test_files_carry_the_time_of_their_export(tmp_path: Path) -> None:
    build_sample(tmp_path / "a", 7, 0.02, END_DATE)
    times = {path.stat().st_mtime for path in (tmp_path / "a" / "tills").rglob("*.csv")}
    assert max(times) < dt.datetime(2026, 11, 1, tzinfo=dt.UTC).timestamp()
    assert len(times) > 5


def test_a_chunk_is_the_same_whatever_comes_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "PEOPLE_PER_CHUNK", 50)
    monkeypatch.setattr(build, "PEOPLE_PER_CHUNK", 50)
    build_sample(tmp_path / "one", 7, 0.01, END_DATE)
    build_sample(tmp_path / "two", 7, 0.02, END_DATE)
    first = "webshop/history/orders-0000.jsonl"
    assert (tmp_path / "one" / first).read_bytes() == (tmp_path / "two" / first).read_bytes()
    assert (tmp_path / "two" / "webshop/history/orders-0001.jsonl").is_file()


def test_rows_grow_with_the_scale(tmp_path: Path) -> None:
    lines = []
    for scale in (0.1, 0.3):
        build_sample(tmp_path / str(scale), 7, scale, END_DATE)
        history = tmp_path / str(scale) / "webshop" / "history" / "order_lines-0000.jsonl"
        lines.append(history.read_text(encoding="utf-8").count("\n"))
    assert 2.4 < lines[1] / lines[0] < 3.6


def test_the_second_night_generates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ensure_sample(_settings(tmp_path))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == {"generator_version": 6, "seed": 7, "scale": 0.02, "end_date": "2026-10-31"}

    def refuse(*_: object) -> None:
        raise AssertionError("generated again")

    monkeypatch.setattr(sample_module, "build_sample", refuse)
    assert ensure_sample(_settings(tmp_path)) == folder


def test_other_settings_generate_again(tmp_path: Path) -> None:
    folder = ensure_sample(_settings(tmp_path))
    before = _digest(folder)
    ensure_sample(_settings(tmp_path, seed=8))
    assert _digest(folder) != before
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]


def test_a_build_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ensure_sample(_settings(tmp_path))
    before = _digest(folder)

    def fail(building: Path, *_: object) -> None:
        (building / "half").write_text("half", encoding="utf-8")
        raise OSError("no space left on device")

    monkeypatch.setattr(sample_module, "build_sample", fail)
    with pytest.raises(OSError, match="no space"):
        ensure_sample(_settings(tmp_path, seed=8))
    assert _digest(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]


def test_the_mappings_cover_the_files(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    systems = load_systems(settings)
    assert sorted(system.name for system in systems) == ["bonus", "care", "tills", "voice", "webshop"]
    days = {system.partitions.start for system in systems if system.partitions}
    assert days == {Sample().end_date - dt.timedelta(days=DAILY_DAYS - 1)}
    for path in Path(sample_module.__file__).parent.joinpath("mappings").glob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["location"].startswith("{sample}/")


@pytest.mark.slow
def test_memory_stays_flat(tmp_path: Path) -> None:
    code = (
        "import datetime as dt, resource, sys; from pathlib import Path;"
        "from ingestion.sample.build import build_sample;"
        "build_sample(Path(sys.argv[1]), 7, float(sys.argv[2]), dt.date(2026, 10, 31));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = [
        int(subprocess.check_output([sys.executable, "-c", code, str(tmp_path / scale), scale], text=True))
        for scale in ("1", "3")
    ]
    assert peaks[1] < 1.35 * peaks[0], f"{peaks} KiB"
