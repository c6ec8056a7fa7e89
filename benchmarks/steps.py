"""The steps of a night, each as a program of its own, so that each can be measured by itself.

Run as `python -m benchmarks.steps <step>`. Belongs here: calling what the night calls. Does not belong here: measuring.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Final

from ingestion.mapping import load_systems
from ingestion.settings import Settings, load_settings

# What a step imports is a part of its cost, so every step imports only what it needs.
# ruff: noqa: PLC0415

NO_UNIT_TESTS: Final = ("--exclude-resource-type", "unit_test")  # as in the night: they test code and not data


def sample(settings: Settings) -> None:
    """Generate the sample retailer's files."""
    from ingestion.sample import ensure_sample

    ensure_sample(settings)


def land(settings: Settings) -> None:
    """Land every system."""
    from ingestion.land import land as land_system

    for system in load_systems(settings):
        land_system(system, settings)


def audit_landed(settings: Settings) -> None:
    """Audit what every system has landed."""
    from expectations import audit_landed as audit

    for system in load_systems(settings):
        _must_hold(audit(settings, system.name, system.kind).success, f"the audit of {system.name}")


def stage(settings: Settings) -> None:
    """Build and test what identity reads."""
    _dbt(settings, "build", *NO_UNIT_TESTS, "--indirect-selection", "cautious", "--select", "tag:before_identity")


def identify(settings: Settings) -> None:
    """Resolve customers."""
    import duckdb

    from orchestration.identity.resolve import resolve_customers

    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        resolve_customers(connection, settings.as_of_date())


def build(settings: Settings) -> None:
    """Build and test everything between identity and prediction."""
    _dbt(settings, "build", *NO_UNIT_TESTS, "--exclude", "tag:before_identity", "source:prediction+")


def predict(settings: Settings) -> None:
    """Fit the models of purchases and spend, and score every customer."""
    import duckdb

    from orchestration.prediction.step import predict as fit_and_score

    with duckdb.connect(str(settings.warehouse_path)) as connection:
        fit_and_score(connection)


def build_value(settings: Settings) -> None:
    """Build and test everything that reads predictions."""
    _dbt(settings, "build", *NO_UNIT_TESTS, "--select", "source:prediction+")


def audit_published(settings: Settings) -> None:
    """Audit what would be published."""
    from expectations import audit_published as audit

    _must_hold(audit(settings).success, "the audit of the marts")


def publish(settings: Settings) -> None:
    """Write, verify and publish a snapshot."""
    from orchestration.publishing import publish as publish_snapshot

    publish_snapshot(
        settings.warehouse_path,
        settings.published_path,
        as_of=settings.as_of_date(),
        run_id="benchmark",
        checks={},
        keep=settings.publish.keep,
    )


def models(settings: Settings) -> None:
    """Build every model without tests: what plain SQL is compared with."""
    _dbt(settings, "run")


STEPS: Final[dict[str, Callable[[Settings], None]]] = {
    step.__name__: step
    for step in (
        sample,
        land,
        audit_landed,
        stage,
        identify,
        build,
        predict,
        build_value,
        audit_published,
        publish,
        models,
    )
}


def _dbt(settings: Settings, *arguments: str) -> None:
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", *arguments]
    subprocess.run([*command, "--vars", json.dumps(settings.dbt_vars())], cwd=settings.root, check=True)


def _must_hold(success: bool, what: str) -> None:
    if not success:
        raise RuntimeError(f"{what} fails; a benchmark of broken data says nothing")


if __name__ == "__main__":
    _settings = load_settings()
    _settings.apply_environment()
    STEPS[sys.argv[1]](_settings)
