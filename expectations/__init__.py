"""Great Expectations suites and their runner: audits of what has landed and of what would be published.

Belongs here: expectations, their thresholds and how they are run; `great_expectations` is imported nowhere else, and
only when an audit runs, because it takes seconds. Does not belong here: Dagster, and tests of single models (dbt's).
"""

from expectations.audit import audit_landed, audit_published
from expectations.result import AuditResult, ExpectationResult

__all__ = ["AuditResult", "ExpectationResult", "audit_landed", "audit_published"]
