"""What must be there before Dagster loads: the sample's files, dbt's manifest, Dagster's configuration.

Belongs here: the order of these, for the command line and the tests alike. Does not belong here: the work itself.
"""

from __future__ import annotations

from collections.abc import Callable

from ingestion.sample import ensure_sample
from ingestion.settings import Settings
from ingestion.systems import load_sources
from orchestration.instance import prepare_instance
from orchestration.manifest import ensure_manifest


def prepare(settings: Settings, tell: Callable[[str], None] = lambda line: None) -> None:
    """Validate the mappings and make everything ready for a run. Cheap when nothing has changed.

    Raises:
        MappingError: A mapping file is wrong.
        ManifestError: The dbt project does not parse.
    """
    settings.apply_environment()
    load_sources(settings)
    prepare_instance(settings)
    if settings.uses_sample:
        tell("sample retailer: its files are made when they are missing")
        ensure_sample(settings)
    tell("dbt project: parsed when it has changed")
    ensure_manifest(settings)
