"""One parse of the dbt project for all tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dbt_project.document import parse
from ingestion.settings import Storage, load_settings
from orchestration.manifest import MANIFEST_FILE
from tests.parsed import locked


@pytest.fixture(scope="session")
def manifest(shared: Path) -> dict[str, Any]:
    """dbt's manifest of the project as it is now."""
    folder = shared / "dbt"
    folder.mkdir(exist_ok=True)
    settings = load_settings().model_copy(update={"storage": Storage(data=str(folder))})
    written = settings.dbt_target_path / MANIFEST_FILE
    with locked(folder), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environment().items():
            patch.setenv(name, value)
        if not written.exists():
            return parse(settings)
    found: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return found
