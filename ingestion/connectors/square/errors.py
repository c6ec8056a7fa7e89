"""What Square says is wrong, and the lists of its answers.

    {"errors": [{"category": ..., "code": "INSUFFICIENT_SCOPES", "detail": ...}]}

Belongs here: the words of an answer. Does not belong here: asking (`reader`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import requests

from ingestion.connectors.answers import first_error, place, records_of
from ingestion.connectors.records import fields_of
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
    error = first_error(response)
    return None if error is None else _words(error)


def _words(error: dict[str, Any]) -> str:
    code, detail = str(error.get("code", "")), str(error.get("detail", ""))
    shown = detail or code
    return f"{_REMEDIES[code]} ({shown})" if code in _REMEDIES else f"{shown} ({code})"


def list_of(system: str, response: requests.Response, name: str) -> list[msgspec.Raw]:
    """Return the records of an answer; Square leaves a list out that is empty.

    Raises:
        SourceDefectError: the answer is no answer to this question.
    """
    try:
        fields = fields_of(response.content)
    except msgspec.DecodeError:
        raise SourceDefectError(f"{place(system, response)}: the answer is no object") from None
    if name not in fields and fields.keys() <= _BESIDE:
        return []
    return records_of(system, response, name)


def customers_of(system: str, response: requests.Response) -> list[msgspec.Raw]:
    """Return the customers of an answer that has an answer of its own for each id; none for those that are gone.

    Raises:
        SourceDefectError: a customer cannot be given now, which says nothing of whether it is gone.
    """
    found = list[msgspec.Raw]()
    answers = fields_of(response.content).get("responses", msgspec.Raw(b"{}"))
    for key, one in msgspec.json.decode(answers, type=dict[str, dict[str, msgspec.Raw]]).items():
        if "customer" in one:
            found.append(one["customer"])
            continue
        for error in msgspec.json.decode(one.get("errors", b"[]"), type=list[dict[str, Any]]):
            if error.get("code") != "NOT_FOUND":
                raise SourceDefectError(f"{place(system, response)}: customer {key}: {_words(error)}")
    return found
