"""What the process that steps are forked from imports once, so that no step pays for it again.

Named in the executor's configuration. Belongs here: imports that a step would otherwise wait for.
"""

import contextlib

import great_expectations  # noqa: F401

from ingestion.errors import IngestionError
from orchestration.manifest import ManifestError

# The process that starts the run meets the same error and tells it; here it would only be told twice.
with contextlib.suppress(IngestionError, ManifestError):
    from orchestration.definitions import defs

    defs.get_repository_def().get_all_jobs()
