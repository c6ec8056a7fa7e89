"""Prediction as assets between what dbt counts of a customer and the marts that show who to keep.

It runs inside of the step `build_marts`: a step of its own would need the marts before it to be audited before those
after it are built, which is two audits a night. Belongs here: lineage and what is shown. Does not belong here: the
models (see `orchestration.prediction`).
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import duckdb

from ingestion.settings import Settings
from orchestration.keys import prediction_key

READS: Final = (
    dg.AssetKey(["intermediate", "int_customer_history__summarise"]),
    dg.AssetKey(["rules", "prediction_setting"]),
)
DESCRIPTIONS: Final = {
    "prediction_model": "The parameters of each model, or why it could not be fitted.",
    "customer_prediction": "Every customer's probability of being alive, expected purchases and spend.",
}


def prediction_specs() -> list[dg.AssetSpec]:
    """Return the tables that the prediction step writes."""
    return [
        dg.AssetSpec(
            prediction_key(table), deps=READS, description=text, group_name="predict", kinds={"python", "duckdb"}
        )
        for table, text in DESCRIPTIONS.items()
    ]


def run_prediction(settings: Settings) -> Iterator[dg.MaterializeResult[Any]]:
    """Predict what customers will do, and say what was done."""
    # Imported here since SciPy takes a moment, which the definitions need not pay.
    from orchestration.prediction.step import predict  # noqa: PLC0415

    with duckdb.connect(str(settings.warehouse_path)) as connection:
        prediction = predict(connection)
    for table in DESCRIPTIONS:
        yield dg.MaterializeResult(prediction_key(table), metadata=prediction._asdict())
