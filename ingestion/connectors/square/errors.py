"""What Square says is wrong, and the lists of its answers.

    {"errors": [{"category": ..., "code": "INSUFFICIENT_SCOPES", "detail": ...}]}

Belongs here: the words of an answer. Does not belong here: asking (`reader`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import requests

from ingestion.connectors.records import fields_of, items
from ingestion.errors import SourceDefectError

# What stands beside a list that is left out because it is empty.
_BESIDE: Final = frozenset({"cursor", "count", "latest_time", "related_objects"})
_REMEDIES: Final = {
    "UNAUTHORIZED": "the access token is wrong; copy it again, and from Production, not from Sandbox",
    "ACCESS_TOKEN_EXPIRED": "the access token has expired; renew it, or use the personal access token",
    "ACCESS_TOKEN_REVOKED": "the access token was revoked; make a new one and set it",
    "INSUFFICIENT_SCOPES": "the access token lacks a permission",
    "FORBIDDEN": "the access token may not read this; it must belong to the owner of the account",
    "RATE_LIMITED": "too many requests",
    "INVALID_SQUARE_VERSION_FORMAT": "there is no such version of the API; correct `api_version`",
    "API_VERSION_INCOMPATIBLE": "the version of the API is too old or too new for this; correct `api_version`",
    "INVALID_LOCATION": "there is no such location; correct `locations`",
}


def explain(response: requests.Response) -> str | None:
    """Return what Square says is wrong; None for data."""
    try:
        said = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return None
    errors: Any = said.get("errors") if isinstance(said, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    code, detail = str(errors[0].get("code", "")), str(errors[0].get("detail", ""))
    shown = detail or code
    return f"{_REMEDIES[code]} ({shown})" if code in _REMEDIES else f"{shown} ({code})"


def list_of(system: str, response: requests.Response, name: str) -> list[msgspec.Raw]:
    """Return the records of an answer; Square leaves a list out that is empty.

    Raises:
        SourceDefectError: the answer is no answer to this question.
    """
    place = response.url.partition("?")[0]
    try:
        fields = fields_of(response.content)
    except msgspec.DecodeError:
        raise SourceDefectError(f"{system}: {place}: the answer is no object") from None
    if name not in fields and fields.keys() <= _BESIDE:
        return []
    try:
        return items(response.content, name)
    except ValueError as error:
        raise SourceDefectError(f"{system}: {place}: {error}") from None
