"""Which fields of tickets and users hold what: the settings' names are found among the account's fields.

The role is landed with the field, not with each ticket: when the settings change, nothing has to be read again.

Belongs here: finding fields by id, title or key. Does not belong here: asking for them (`reader`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ingestion.connectors.records import fields_of, scalar
from ingestion.errors import SourceDefectError

EXTERNAL_ID: Final = "external_id"  # of users: a field of Zendesk's own, which the list of user fields leaves out


def ticket_fields(system: str, records: Sequence[msgspec.Raw], wanted: Mapping[str, str]) -> list[msgspec.Raw]:
    """Return the fields of tickets, those that are wanted with their role.

    Raises:
        SourceDefectError: a wanted field is not there, or its title is not the only one of its kind.
    """
    roles = dict[str, str]()
    for role, name in wanted.items():
        ids = _found(records, name)
        if len(ids) != 1:
            raise SourceDefectError(f"{system}: `ticket_fields.{role}`: {_trouble(name, ids)}")
        roles |= _once(system, "ticket_fields", ids[0], role, roles)
    return _with_roles(records, "id", roles)


def user_fields(system: str, records: Sequence[msgspec.Raw], wanted: Mapping[str, str]) -> list[msgspec.Raw]:
    """Return the fields of users, those that are wanted with their role.

    Raises:
        SourceDefectError: a wanted field is not there.
    """
    external = {"id": EXTERNAL_ID, "key": EXTERNAL_ID}
    if EXTERNAL_ID in wanted.values():
        records = [*records, msgspec.Raw(msgspec.json.encode(external))]
    keys = {scalar(fields_of(bytes(raw)).get("key")) for raw in records}
    roles = dict[str, str]()
    for role, key in wanted.items():
        if key not in keys:
            raise SourceDefectError(f"{system}: `user_fields.{role}`: there is no user field with the key {key!r}")
        roles |= _once(system, "user_fields", key, role, roles)
    return _with_roles(records, "key", roles)


def _found(records: Sequence[msgspec.Raw], name: str) -> list[str]:
    """Return the ids of the fields that an id or title names; of several, those that are active."""
    found = list[tuple[str, bool]]()
    for raw in records:
        fields = fields_of(bytes(raw))
        key, title = scalar(fields.get("id")), scalar(fields.get("title"))
        if key and name.casefold() in (key, (title or "").casefold()):
            found.append((key, bytes(fields.get("active", msgspec.Raw(b"true"))) == b"true"))
    active = [key for key, is_active in found if is_active]
    return active or [key for key, _ in found]


def _trouble(name: str, ids: Sequence[str]) -> str:
    if not ids:
        return f"there is no ticket field with the title or id {name!r}"
    return f"{len(ids)} ticket fields are called {name!r}; write the id of the right one ({', '.join(ids)})"


def _once(system: str, setting: str, key: str, role: str, before: Mapping[str, str]) -> dict[str, str]:
    if key in before:
        raise SourceDefectError(f"{system}: `{setting}`: {role} and {before[key]} are the same field ({key})")
    return {key: role}


def _with_roles(records: Sequence[msgspec.Raw], name: str, roles: Mapping[str, str]) -> list[msgspec.Raw]:
    marked = list[msgspec.Raw]()
    for raw in records:
        role = roles.get(scalar(fields_of(bytes(raw)).get(name)) or "")
        marked.append(with_field(raw, "_role", msgspec.json.encode(role)) if role else raw)
    return marked


def with_field(raw: msgspec.Raw, name: str, value: bytes) -> msgspec.Raw:
    """Return a record, which is an object with fields, with one more before them."""
    return msgspec.Raw(b"{" + msgspec.json.encode(name) + b":" + value + b"," + bytes(raw).lstrip()[1:])
