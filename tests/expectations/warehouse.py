"""A small warehouse with the marts that the audit names, dbt's manifest of it, and a published snapshot.

Belongs here: making them. Does not belong here: any assertion.
"""

from __future__ import annotations

import json
import shutil

import duckdb

from ingestion.settings import Settings
from tests.expectations.lake import AS_OF

MARTS = {
    "customer.fct_order": f"""
        select
            'shop:o' || nth as order_key,
            case when nth % 3 > 0 then 'c' || nth % 50 end as customer_id,
            'shop' as source_system,
            'online' as channel,
            true as is_valid_order,
            date '{AS_OF}' - cast(nth % 100 as integer) as order_date,
            cast(100 as decimal(18, 4)) as gross_amount_reporting,
            cast(10 as decimal(18, 4)) as discount_amount_reporting,
            cast(5 as decimal(18, 4)) as returned_amount_reporting
        from range(1000) as orders (nth)""",
    "loyalty.loyalty_status": """
        select 'c' || nth as customer_id, case when nth < 40 then 'bronze' else 'gold' end as tier_code
        from range(50) as members (nth)""",
    "feedback.nps_daily": f"select date '{AS_OF}' as business_date, cast(31.5 as decimal(9, 4)) as nps",
    "growth.headline_kpi": f"""
        select 'customers' as kpi_code, cast(50 as decimal(18, 4)) as value, true as is_reliable,
            date '{AS_OF}' as as_of_date""",
    "audit.source_freshness": f"select 'shop' as source_system, date '{AS_OF}' as last_event_date",
    "personal.int_customer_version__describe": """
        select 'ann@example.org' as email, 'ann@example.org' as canonical_email, '+306941234785' as phone,
            'Ann Example' as full_name, 'Main Street 12' as street""",
}


def build(settings: Settings) -> None:
    """Build the warehouse and write its manifest."""
    settings.warehouse_path.parent.mkdir(parents=True)
    nodes = {}
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        for table, query in MARTS.items():
            schema, name = table.split(".")
            connection.execute(f"create schema if not exists {schema}")
            columns = connection.execute(f"create table {table} as {query}").execute(f"describe {table}").fetchall()
            nodes[f"model.evermart.{name}"] = {
                "resource_type": "model",
                "access": "public",
                "schema": schema,
                "alias": name,
                "columns": {column: {"data_type": data_type.lower()} for column, data_type, *_ in columns},
            }
    settings.dbt_target_path.mkdir(parents=True)
    (settings.dbt_target_path / "manifest.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")


def publish(settings: Settings) -> None:
    """Publish the warehouse as it is now."""
    current = settings.published_path / "current"
    current.mkdir(parents=True)
    shutil.copy(settings.warehouse_path, current / "evermart.duckdb")


def tamper(settings: Settings, *statements: str) -> None:
    """Change the warehouse."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        for statement in statements:
            connection.execute(statement)
