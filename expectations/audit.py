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
