"""What the process that steps are forked from imports once, so that no step pays for it again.

Named in the executor's configuration. Belongs here: imports that a step would otherwise wait for, and the death of
steps with the run that started them.
"""

import contextlib

import dlt  # noqa: F401
import great_expectations  # noqa: F401

import expectations.audit  # noqa: F401
import ingestion.land  # noqa: F401
from ingestion.errors import IngestionError
from orchestration.manifest import ManifestError
from orchestration.step_server import die_with_parent

# A run that is killed takes its steps along: one that lives on would hold the warehouse, and the next night back.
die_with_parent()

# The process that starts the run meets the same error and tells it; here it would only be told twice.
with contextlib.suppress(IngestionError, ManifestError):
    from orchestration.definitions import defs

    defs.get_repository_def().get_all_jobs()
