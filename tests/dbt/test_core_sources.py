"""The declaration of the lake in dbt is what the landing contract says today, and every entity of it is staged."""

import re

from dbt_project.sources import STAGING, render_sources
from ingestion.contract import KINDS, load_contract


def test_the_sources_of_dbt_are_rendered_from_the_contract() -> None:
    stale = [path.name for path, text in render_sources().items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"run `python -m dbt_project.sources`; out of date: {', '.join(stale)}"


def test_every_entity_is_staged_with_every_column() -> None:
    for kind in KINDS:
        for name, entity in load_contract(kind).entities.items():
            sql = (STAGING / kind / f"stg_{kind}__{name}.sql").read_text(encoding="utf-8")
            selected = sql[sql.index("final as (") :]
            missing = [
                column for column in entity.columns if not re.search(rf"^ +{column}( as \w+)?,$", selected, re.M)
            ]
            assert not missing, f"stg_{kind}__{name} leaves out {', '.join(missing)}"


def test_personal_columns_are_staged_in_the_private_schema_only() -> None:
    for kind in KINDS:
        for name, entity in load_contract(kind).entities.items():
            properties = (STAGING / kind / f"stg_{kind}__{name}.yml").read_text(encoding="utf-8")
            is_personal = any(column.pii for column in entity.columns.values())
            assert ("schema: personal" in properties) == is_personal, f"stg_{kind}__{name}"
