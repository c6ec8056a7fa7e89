"""Identity resolution as a Dagster asset between the two halves of the dbt project.

Belongs here: lineage and what is shown. Does not belong here: the resolution itself (see `orchestration.identity`).
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import duckdb

from ingestion.settings import Settings
from orchestration import publishing
from orchestration.keys import WAREHOUSE_POOL, identity_key

READS: Final = tuple(
    dg.AssetKey(list(path))
    for path in (
        ("intermediate", "int_customer_record__standardise"),
        ("intermediate", "int_customer_record__compare"),
        ("intermediate", "int_customer_link__decide"),
        ("rules", "identity_match_setting"),
    )
)
DESCRIPTIONS: Final = {
    "customer_record_map": "Which customer each customer record belongs to, with the rule that linked it.",
    "customer_record_map_former": "The map that readers have, which the night's changes are measured against.",
    "customer_merge_log": "Every merge and split of customers, with its evidence; append-only.",
    "customer_id_alias": "Every id that a customer once had, and the one that it has now.",
    "customer_record_pair": "Every pair of records that was scored: linked, refused and why, or below the threshold.",
    "customer_record_path": "The strongest path of links from each record to the first one of its customer.",
    "identity_run": "The runs of identity, and what each changed.",
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
        from orchestration.identity.record_history import read_published  # noqa: PLC0415
        from orchestration.identity.resolve import finder, resolve_customers  # noqa: PLC0415

        published = read_published(*publishing.snapshot_paths(settings.published_path))
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set enable_progress_bar = false")
            try:
                find = finder(settings.identity_model_path)
                resolution = resolve_customers(connection, settings.as_of_date(), published=published, find=find)
            except ValueError as error:
                # The message says what to correct; to try again would not help.
                raise dg.Failure(str(error), allow_retries=False) from error
        for table in DESCRIPTIONS:
            yield dg.MaterializeResult(identity_key(table), metadata=resolution._asdict())

    return resolve_identity
