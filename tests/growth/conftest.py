"""One compilation of the models for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.settings import Storage, load_settings
from tests.growth.compiled import CompiledModels

MODELS = (
    "int_rfm__score",
    "int_cadence__measure",
    "int_first_order__describe",
    "customer_cohort",
    "second_purchase_curve",
    "product_affinity",
    "second_purchase",
    "sales_concentration",
    "int_nps_answer__interval",
    "nps_daily",
    "int_satisfaction_score__unify",
    "satisfaction_daily",
    "int_review_request__select",
    "int_survey_due__select",
)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> CompiledModels:
    data = tmp_path_factory.mktemp("growth")
    settings = load_settings().model_copy(update={"storage": Storage(data=str(data))})
    return CompiledModels(settings, MODELS, shared)
