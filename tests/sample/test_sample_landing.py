"""The sample's mapping files land it: every row that is broken on purpose is quarantined, and no other row."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion.land import land
from ingestion.mapping import load_systems
from ingestion.sample import ensure_sample
from ingestion.settings import Sample, Settings, Storage


def test_quarantine_holds_exactly_the_broken_rows(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, sample=Sample(scale=0.1), storage=Storage(data=str(tmp_path / "data")))
    folder = ensure_sample(settings)
    expected = {
        (system, entity): (rows, bad_rows)
        for system, entity, rows, bad_rows in duckdb.connect()
        .execute(f"select source_system, entity, rows, bad_rows from '{folder}/truth/row_counts.parquet'")
        .fetchall()
    }
    landed = {}
    for system in load_systems(settings):
        for entity, counts in land(system, settings).entities.items():
            assert counts.files_refused == 0, (system.name, entity)
            landed[system.name, entity] = (counts.rows_received, counts.rows_quarantined)
    assert landed == expected
    assert sum(bad_rows for _, bad_rows in landed.values()) > 10
