"""Every setting of Evermart, where it comes from, and every path that is derived from it.

Belongs here: reading `evermart.toml` and `EVERMART_*` environment variables, validating them, resolving paths.
Does not belong here: secrets (dlt's own secrets provider has them) and anything that starts work.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ingestion.connectors.registry import AnyConnector
from ingestion.rules_digest import rules_digest
from ingestion.section import CurrencyCode, Section, TimeZone

CONFIG_FILE: Final = "evermart.toml"
CONFIG_VARIABLE: Final = "EVERMART_CONFIG"
SYSTEM_NAME: Final = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"


class SettingsError(Exception):
    """A setting is missing or wrong; the message names each setting and the remedy."""


class Retailer(Section):
    """Who the retailer is: the zone that turns instants into business dates, the currency of the reports."""

    name: str = "Sample retailer"
    time_zone: TimeZone = "Europe/Athens"
    reporting_currency: CurrencyCode = "EUR"


class Sources(Section):
    """The mapping files of the retailer's own systems. Without any system, the built-in sample retailer is used."""

    mappings: tuple[str, ...] = ()


class Sample(Section):
    """The built-in sample retailer: the same seed, scale and end date give the same files."""

    seed: int = 7
    scale: float = Field(default=1.0, gt=0, le=1000)
    end_date: dt.date = dt.date(2026, 10, 31)


class Night(Section):
    """When the night runs and what it looks at. `as_of` is the last business date that counts."""

    as_of: dt.date | None = None
    schedule: str = "0 2 * * *"
    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)


class Storage(Section):
    """Where data is kept. `lake` may be any fsspec URL; empty means a folder inside `data`."""

    data: str = "data"
    lake: str = ""


class Publish(Section):
    """How many published snapshots are kept for rolling back."""

    keep: int = Field(default=7, ge=1)


class Identity(Section):
    """The model that weighs whether records are one person's: a file of `make train-identity`, or the shipped one."""

    model: str = ""


SystemName = Annotated[str, StringConstraints(pattern=SYSTEM_NAME, max_length=60)]


class Settings(BaseSettings):
    """All settings, validated. Environment (`EVERMART_RETAILER__TIME_ZONE`) wins over `evermart.toml`."""

    model_config = SettingsConfigDict(env_prefix="EVERMART_", env_nested_delimiter="__", extra="forbid", frozen=True)

    root: Path
    retailer: Retailer = Retailer()
    sources: Sources = Sources()
    sample: Sample = Sample()
    night: Night = Night()
    storage: Storage = Storage()
    publish: Publish = Publish()
    identity: Identity = Identity()
    connectors: dict[SystemName, AnyConnector] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: code, then environment, then the configuration file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_path())

    @model_validator(mode="after")
    def _mappings_exist(self) -> Settings:
        for mapping in self.mapping_paths:
            if not mapping.is_file():
                raise ValueError(f"sources.mappings names {mapping}, which is not a file; correct the path")
        return self

    @model_validator(mode="after")
    def _identity_model_exists(self) -> Settings:
        if self.identity_model_path is not None and not self.identity_model_path.is_file():
            raise ValueError(
                f"identity.model names {self.identity_model_path}, which is not a file; make it with"
                " `make train-identity`, or leave the setting out"
            )
        return self

    @property
    def identity_model_path(self) -> Path | None:
        """The retailer's own identity model; None for the one that comes with Evermart."""
        return self.root / self.identity.model if self.identity.model else None

    @property
    def uses_sample(self) -> bool:
        """True when no system of the retailer's own is configured."""
        return not self.sources.mappings and not self.connectors

    @property
    def mapping_paths(self) -> tuple[Path, ...]:
        """The retailer's own mapping files, absolute."""
        return tuple(self.root / mapping for mapping in self.sources.mappings)

    @property
    def config_file(self) -> Path:
        """The file that the settings come from."""
        return config_path()

    @property
    def data_path(self) -> Path:
        """Everything that a run writes lives below this folder (an absolute path)."""
        return (self.root / self.storage.data).resolve()

    @property
    def lake_url(self) -> str:
        """The lake: a local folder or any fsspec URL."""
        return self.storage.lake or str(self.data_path / "lake")

    @property
    def warehouse_path(self) -> Path:
        """The private warehouse file, which BI never opens."""
        return self.data_path / "warehouse" / "evermart.duckdb"

    @property
    def published_path(self) -> Path:
        """The folder of published snapshots; `current` inside it links to the newest."""
        return self.data_path / "published"

    @property
    def sample_path(self) -> Path:
        """Where the sample retailer's files are generated."""
        return self.data_path / "sample"

    @property
    def dlt_path(self) -> Path:
        """The working folder of dlt."""
        return self.data_path / "dlt"

    @property
    def dagster_home(self) -> Path:
        """Dagster's persistent storage."""
        return self.data_path / "dagster"

    @property
    def audit_path(self) -> Path:
        """The Data Docs of Great Expectations."""
        return self.data_path / "audit"

    @property
    def dbt_target_path(self) -> Path:
        """Where dbt writes its manifest, logs and compiled SQL."""
        return self.data_path / "dbt"

    @property
    def dbt_project_path(self) -> Path:
        """The dbt project."""
        return Path(__file__).resolve().parent.parent / "dbt_project"

    @property
    def zone(self) -> ZoneInfo:
        """The retailer's time zone."""
        return ZoneInfo(self.retailer.time_zone)

    def as_of_date(self, now: dt.datetime | None = None) -> dt.date:
        """Return the last business date that counts: as set, else the sample's end, else yesterday for the retailer."""
        if self.night.as_of:
            return self.night.as_of
        if self.uses_sample:
            return self.sample.end_date
        return (now or dt.datetime.now(dt.UTC)).astimezone(self.zone).date() - dt.timedelta(days=1)

    def environment(self) -> dict[str, str]:
        """Return the environment that dbt's profile and child processes read their paths from."""
        return {
            CONFIG_VARIABLE: str(config_path()),
            "EVERMART_STORAGE__DATA": str(self.data_path),
            "EVERMART_WAREHOUSE": str(self.warehouse_path),
            "DAGSTER_HOME": str(self.dagster_home),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "DBT_PROJECT_DIR": str(self.dbt_project_path),
            "DBT_PROFILES_DIR": str(self.dbt_project_path),
            "DBT_TARGET_PATH": str(self.dbt_target_path),
            "DBT_LOG_PATH": str(self.dbt_target_path / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "DLT_PROJECT_DIR": str(self.root),
        }

    def apply_environment(self) -> None:
        """Put `environment()` into this process, for the tools that can be told in no other way."""
        os.environ.update(self.environment())

    def dbt_vars(self) -> dict[str, Any]:
        """Return the variables that every dbt invocation is given."""
        return {
            "as_of_date": self.as_of_date().isoformat(),
            "time_zone": self.retailer.time_zone,
            "reporting_currency": self.retailer.reporting_currency,
            "max_quarantined_share": self.night.max_quarantined_share,
            # Databases land in the contract, as files do; dbt has nothing to switch on for them.
            "connectors": sorted({connector.kind for connector in self.connectors.values()} - {"sql_database"}),
            "rules_digest": rules_digest(self.dbt_project_path),
        }


def config_path() -> Path:
    """Return the configuration file: `EVERMART_CONFIG`, or `evermart.toml` in this folder or the nearest above it."""
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG_FILE).is_file():
            return folder / CONFIG_FILE
    return here / CONFIG_FILE


def load_settings() -> Settings:
    """Read and validate every setting.

    Raises:
        SettingsError: names each wrong setting, the value given, and what to write instead.
    """
    path = config_path()
    if not path.is_file():
        raise SettingsError(f"{path} does not exist; run inside the project's folder or set {CONFIG_VARIABLE}")
    try:
        return Settings(root=path.parent)
    except ValidationError as error:
        lines = [f"  {_describe(issue)}" for issue in error.errors()]
        raise SettingsError(f"Wrong settings; correct them in {path}:\n" + "\n".join(lines)) from None


def _describe(issue: ErrorDetails) -> str:
    """Return one wrong setting as a line. What was given for a connector stays unsaid: it may be a misplaced secret."""
    place = ".".join(map(str, issue["loc"]))
    if not place:
        return issue["msg"]
    if issue["loc"][0] != "connectors":
        return f"{place}: {issue['msg']} (given: {issue['input']!r})"
    if issue["type"] == "extra_forbidden":
        name = issue["loc"][1]
        return (
            f"{place}: is not a setting of this connector; a secret belongs into the environment "
            f"(SOURCES__{str(name).upper()}__...) or into .dlt/secrets.toml below [sources.{name}]"
        )
    return f"{place}: {issue['msg']}"
