"""One compilation of the loyalty models for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loyalty.warehouse import Compiled, compile_models


@pytest.fixture(scope="session")
def compiled_loyalty(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Compiled:
    """Compile the models of the working tree."""
    return compile_models(tmp_path_factory.mktemp("loyalty"), shared=shared)
