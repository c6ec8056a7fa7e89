"""Identity resolution as a Dagster asset between the two halves of the dbt project.

Belongs here: lineage and what is shown. Does not belong here: the resolution itself (see `orchestration.identity`).
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import duckdb

from ingestion.settings import Settings
from orchestration.keys import WAREHOUSE_POOL, identity_key

READS: Final = (
    dg.AssetKey(["intermediate", "int_customer_record__standardise"]),
    dg.AssetKey(["intermediate", "int_customer_link__exact"]),
)
DESCRIPTIONS: Final = {
    "customer_record_map": "Which customer each customer record belongs to, with the rule that linked it.",
    "customer_merge_log": "Every merge and split of customers, with its evidence; append-only.",
    "customer_id_alias": "Every id that a customer once had, and the one that it has now.",
}


def build_identity_assets(settings: Settings) -> dg.AssetsDefinition:
    """Return the step that turns links into customers."""

    @dg.multi_asset(
        name="resolve_identity",
        specs=[
            dg.AssetSpec(
                identity_key(table), deps=READS, description=text, group_name="identify", kinds={"python", "duckdb"}
            )
            for table, text in DESCRIPTIONS.items()
        ],
        pool=WAREHOUSE_POOL,
    )
    def resolve_identity() -> Iterator[dg.MaterializeResult[Any]]:
        # Imported here since pyarrow takes a moment, which the definitions need not pay.
        from orchestration.identity.resolve import resolve_customers  # noqa: PLC0415

        with duckdb.connect(str(settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set enable_progress_bar = false")
            resolution = resolve_customers(connection, settings.as_of_date())
        for table in DESCRIPTIONS:
            yield dg.MaterializeResult(identity_key(table), metadata=resolution._asdict())

    return resolve_identity
