"""One parse of the dbt project for all tests of this folder."""

from __future__ import annotations

from typing import Any

import pytest

from dbt_project.document import parse
from ingestion.settings import Storage, load_settings


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's manifest of the project as it is now."""
    data = str(tmp_path_factory.mktemp("dbt"))
    settings = load_settings().model_copy(update={"storage": Storage(data=data)})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environment().items():
            patch.setenv(name, value)
        return parse(settings)
