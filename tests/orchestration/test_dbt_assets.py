"""dbt inside of Dagster: where a test is shown, what a failed one tells, and that only what was asked for is run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ingestion.settings import Settings
from orchestration.dbt_assets import build_dbt_assets
from orchestration.dbt_runner import DbtRunner
from orchestration.dbt_translator import Part, Stretch, Translator
from orchestration.keys import identity_key
from orchestration.manifest import ManifestError, ensure_manifest

PROJECT = {
    "dbt_project.yml": """
        name: evermart
        version: "0.1.0"
        profile: evermart
        flags: {require_generic_test_arguments_property: true, send_anonymous_usage_stats: false}
        models:
          evermart:
            staging: {+schema: staging, +tags: [before_identity]}
            marts: {+schema: customer}
    """,
    "profiles.yml": """
        evermart:
          target: warehouse
          outputs:
            warehouse: {type: duckdb, path: "{{ env_var('EVERMART_WAREHOUSE') }}", schema: main, threads: 1}
    """,
    "models/staging/eshop/stg_eshop__customers.sql": "select 1 as customer_id, cast(null as varchar) as email",
    "models/staging/eshop/stg_eshop__customers.yml": """
        models:
          - name: stg_eshop__customers
            description: Customers. One row per customer.
            columns:
              - name: customer_id
                data_tests: [unique]
              - name: email
                data_tests: [{not_null: {config: {severity: warn}}}]
    """,
    "models/marts/customer/dim_customer.sql": """
        select customers.customer_id, 'anna@example.org' as email
        from {{ ref('stg_eshop__customers') }} as customers
        left join {{ source('identity', 'customer_record_map') }} as record_map on false
    """,
    "models/marts/customer/dim_customer.yml": """
        sources:
          - name: identity
            tables: [{name: customer_record_map}]
    """,
    "tests/no_customer_is_number_one.sql": """
        select dim_customer.customer_id, dim_customer.email
        from {{ ref('dim_customer') }} as dim_customer
        inner join {{ ref('stg_eshop__customers') }} as customers using (customer_id)
        where dim_customer.customer_id = 1
    """,
    "macros/create_identity.sql": """
        {% macro create_identity() %}
        create schema if not exists identity;
        create table if not exists identity.customer_record_map (customer_id varchar);
        {% endmacro %}
    """,
}
STAGED = dg.AssetKey(["staging", "stg_eshop__customers"])
MART = dg.AssetKey(["customer", "dim_customer"])
SINGULAR = "no_customer_is_number_one"


class TinySettings(Settings):
    """Settings whose dbt project is a small one in the retailer's folder."""

    @property
    def dbt_project_path(self) -> Path:
        return self.root / "dbt_project"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinySettings]:
    (tmp_path / "evermart.toml").touch()
    monkeypatch.setenv("EVERMART_CONFIG", str(tmp_path / "evermart.toml"))
    for name, text in PROJECT.items():
        path = tmp_path / "dbt_project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("\n        ", "\n"), encoding="utf-8")
    made = TinySettings(root=tmp_path)
    made.warehouse_path.parent.mkdir(parents=True)
    with (tmp_path / "dbt_project" / "dbt_project.yml").open("a") as file:
        file.write('\non-run-start: ["{{ create_identity() }}"]\n')
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    yield made


@pytest.mark.slow
def test_the_two_halves_build_and_a_failed_test_shows_its_rows_without_personal_data(settings: TinySettings) -> None:
    halves = build_dbt_assets(settings, ensure_manifest(settings), [])
    resources = {"dbt": DbtRunner(target_path=str(settings.dbt_target_path))}
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [*halves, dg.AssetSpec(identity_key("customer_record_map"))],
            instance=instance,
            resources=resources,
            raise_on_error=False,
        )
    checks = {check.check_name: check for check in done.get_asset_check_evaluations()}
    assert checks["unique_stg_eshop__customers_customer_id"].passed
    warned = checks["not_null_stg_eshop__customers_email"]
    assert (warned.passed, warned.severity, warned.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    failed = checks[SINGULAR]
    assert (failed.passed, failed.severity, failed.blocking) == (False, dg.AssetCheckSeverity.ERROR, True)
    assert failed.asset_key == MART
    rows = failed.metadata["rows"]
    assert isinstance(rows, dg.TableMetadataValue)
    assert [record.data for record in rows.records] == [{"customer_id": "1", "email": "***"}]
    assert not done.success


@pytest.mark.slow
def test_a_test_belongs_to_the_part_in_which_the_last_of_its_parents_is_built(settings: TinySettings) -> None:
    manifest = ensure_manifest(settings)
    stage = Part(manifest, Translator([]), Stretch.BEFORE_IDENTITY)
    build = Part(manifest, Translator([]), Stretch.BEFORE_PREDICTION)
    assert {spec.key for spec in stage.assets.values()} == {STAGED}
    assert {spec.key for spec in build.assets.values()} == {MART}
    assert SINGULAR not in {spec.name for spec in stage.checks.values()}
    assert {spec.name: spec.asset_key for spec in build.checks.values()} == {SINGULAR: MART}
    (mart,) = build.assets.values()
    assert {dep.asset_key for dep in mart.deps} == {STAGED, identity_key("customer_record_map")}


@pytest.mark.slow
def test_the_manifest_is_parsed_again_only_when_something_has_changed(settings: TinySettings, tmp_path: Path) -> None:
    ensure_manifest(settings)
    manifest = settings.dbt_target_path / "manifest.json"
    first = manifest.stat().st_mtime_ns
    ensure_manifest(settings)
    assert manifest.stat().st_mtime_ns == first
    shutil.copytree(tmp_path, tmp_path / "moved", ignore=shutil.ignore_patterns("moved"))
    moved = TinySettings(root=tmp_path / "moved")
    ensure_manifest(moved)
    assert (moved.dbt_target_path / "manifest.json").stat().st_mtime_ns == first, "a folder that moves is the same"
    model = settings.dbt_project_path / "models" / "marts" / "customer" / "dim_customer.sql"
    model.write_text("select * from {{ ref('nothing') }}", encoding="utf-8")
    with pytest.raises(ManifestError, match="'nothing' which was not found"):
        ensure_manifest(settings)
    model.write_text("select * from {{ ref('stg_eshop__customers') }}", encoding="utf-8")
    assert "model.evermart.dim_customer" in ensure_manifest(settings)["nodes"]
