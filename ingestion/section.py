"""What every section of `evermart.toml` is made of: a strict table, and the types of single settings.

Belongs here: types that more than one module of settings needs. Does not belong here: any setting.
"""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Section(BaseModel):
    """A table of `evermart.toml`; an unknown key is an error, so that a misspelt setting never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not an IANA time zone; write one such as 'Europe/Athens'")
    return name


CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
