"""One compilation of the programme's models for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.settings import Storage, load_settings
from tests.growth.compiled import CompiledModels

MODELS = ("int_member_lift__panel", "member_lift", "win_back_result")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> CompiledModels:
    data = tmp_path_factory.mktemp("programme")
    settings = load_settings().model_copy(update={"storage": Storage(data=str(data))})
    return CompiledModels(settings, MODELS, shared)
