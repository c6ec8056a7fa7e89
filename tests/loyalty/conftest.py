"""One compilation of the loyalty models for all tests of this folder."""

from __future__ import annotations

import json

import pytest
from dbt.cli.main import dbtRunner

from ingestion.settings import Storage, load_settings
from tests.loyalty.histories import AS_OF, ZONE
from tests.loyalty.warehouse import Compiled

SELECTION = ("path:models/intermediate/loyalty", "path:models/marts/loyalty")


@pytest.fixture(scope="session")
def compiled_loyalty(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Compile into a folder of its own: nothing has to have landed, and no warehouse is touched."""
    data = tmp_path_factory.mktemp("loyalty")
    settings = load_settings().model_copy(update={"storage": Storage(data=str(data))})
    settings.warehouse_path.parent.mkdir(parents=True)
    variables = settings.dbt_vars() | {"as_of_date": AS_OF.isoformat(), "time_zone": ZONE.key, "reporting_currency": "EUR"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environment().items():
            patch.setenv(name, value)
        result = dbtRunner().invoke(["--quiet", "compile", "--select", *SELECTION, "--vars", json.dumps(variables)])
    assert result.success, result.exception or result.result
    return Compiled.from_manifest(settings.dbt_target_path / "manifest.json")
