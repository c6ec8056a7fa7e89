"""What the answers of several vendors have in common: lists of records, and lists of errors.

Belongs here: reading one answer. Does not belong here: any vendor's words (`<vendor>/errors`), asking (`http`).
"""

from __future__ import annotations

from typing import Any

import msgspec
import requests

from ingestion.connectors.records import fields_of, items
from ingestion.errors import SourceDefectError


def records_of(system: str, response: requests.Response, name: str | None = None) -> list[msgspec.Raw]:
    """Return the records of an answer, which is a list or has one under a name.

    Raises:
        SourceDefectError: the answer has no such list.
    """
    try:
        return items(response.content, name)
    except ValueError as error:
        raise SourceDefectError(f"{place(system, response)}: {error}") from None


def record_of(system: str, response: requests.Response, name: str) -> msgspec.Raw:
    """Return the one record of an answer, which has it under a name.

    Raises:
        SourceDefectError: the answer has nothing there.
    """
    try:
        return fields_of(response.content)[name]
    except (msgspec.DecodeError, KeyError):
        raise SourceDefectError(f"{place(system, response)}: the answer holds no record at {name!r}") from None


def object_of(response: requests.Response) -> dict[str, Any]:
    """Return an answer that is an object; an empty one for anything else."""
    try:
        said = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a text in a record; the record is put aside when it is taken
        return {}
    return said if isinstance(said, dict) else {}


def first_error(response: requests.Response) -> dict[str, Any] | None:
    """Return the first of the errors that an answer lists as objects; None when it lists none."""
    errors = object_of(response).get("errors")
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    return errors[0]


def place(system: str, response: requests.Response) -> str:
    """Return which system answered at which address, for people."""
    return f"{system}: {response.url.partition('?')[0]}"
