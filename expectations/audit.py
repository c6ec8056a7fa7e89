"""The two audits of a night: of what a system has landed, and of what would be published.

Belongs here: which suites an audit consists of, and where its Data Docs go. Does not belong here: what a failure
holds back (the caller decides by severity).
"""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING

from expectations import docs
from expectations.result import AuditResult
from expectations.workspace import open_workspace

if TYPE_CHECKING:
    from ingestion.contract import Kind
    from ingestion.settings import Settings


def audit_landed(settings: Settings, system_name: str, kind: Kind) -> AuditResult:
    """Audit everything that one system has landed.

    Failing expectations are results; an exception means that the audit itself could not run.
    """
    from expectations.landed import amount, contract, freshness, instants, state, versions, volume  # noqa: PLC0415
    from expectations.runner import run  # noqa: PLC0415

    started = time.perf_counter()
    suite = f"landed.{system_name}"
    site = settings.audit_path / "landed" / system_name
    with open_workspace() as workspace:
        landed = state.prepare(workspace, settings, system_name, kind)
        subjects = (freshness, volume, instants, contract, amount, versions)
        declared = chain.from_iterable(subject.declare(landed) for subject in subjects)
        results = tuple(run(workspace, suite, declared, site))
    index = docs.write_index(settings.audit_path)
    return AuditResult(suite, results, index, time.perf_counter() - started)


def audit_published(settings: Settings) -> AuditResult:
    """Audit the published schemas of the warehouse, before they are copied into a snapshot.

    The warehouse is opened read-only: neither another process nor this one may have it open for writing.

    Raises:
        AuditError: dbt has not built the warehouse or written its manifest.
    """
    from expectations.published import contract, drift, freshness, personal, sanity, state, volume  # noqa: PLC0415
    from expectations.runner import run  # noqa: PLC0415

    started = time.perf_counter()
    with open_workspace() as workspace:
        published = state.prepare(workspace, settings)
        subjects = (contract, personal, volume, sanity, drift, freshness)
        declared = chain.from_iterable(subject.declare(published) for subject in subjects)
        results = tuple(run(workspace, "published", declared, settings.audit_path / "published"))
    index = docs.write_index(settings.audit_path)
    return AuditResult("published", results, index, time.perf_counter() - started)
