"""What a night publishes holds nothing that any record says of a person, alone or inside of another text."""

from __future__ import annotations

import duckdb
import pytest

from tests.conftest import Night

pytestmark = pytest.mark.slow

SAID = """
select distinct attribute, lower(personal_value) as personal_value
from warehouse.personal.int_customer_version__describe
unpivot (personal_value for attribute in (email, canonical_email, phone, full_name, street))
where (attribute <> 'full_name' or personal_value like '% %') and length(personal_value) > 5
"""
TEXTS = """
select schema_name, table_name, column_name
from duckdb_columns()
where database_name = 'snapshot' and data_type = 'VARCHAR' and schema_name <> 'main'
"""


def test_no_value_of_a_person_occurs_in_any_text_of_the_snapshot(first_night: Night) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first_night.shop.snapshot_path.resolve()}' as snapshot (read_only)")
        warehouse = first_night.shop.folder / "data" / "warehouse" / "evermart.duckdb"
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        columns = connection.execute(TEXTS).fetchall()
        texts = " union ".join(
            f"select '{schema}.{table}.{column}' as place, lower({column}) as value from snapshot.{schema}.{table}"
            for schema, table, column in columns
        )
        connection.execute(f"create table text as select * from ({texts}) where length(value) > 5")
        connection.execute(f"create table said as {SAID}")
        leaks = connection.execute(
            "select distinct place, attribute from text inner join said on contains(value, personal_value)"
        ).fetchall()
        ((attributes,),) = connection.execute("select count(distinct attribute) from said").fetchall()
    assert attributes == 5
    assert leaks == []
