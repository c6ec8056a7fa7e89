"""A record as sent: its key, its clock and its shape, found without turning it into Python objects.

    page body -> [Raw, ...] -> Record(id, clock, text) or Defect(reason, text)

Belongs here: what can be told from the record's own top level, and which fields there are. Does not belong here: what a
field means, which is dbt's staging.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ingestion.connectors.tables import JsonType, Table

_TYPES: Final[dict[int, str]] = {
    **dict.fromkeys(b"-0123456789", "number"),
    **dict.fromkeys(b"tf", "boolean"),
    ord('"'): "text",
    ord("{"): "object",
    ord("["): "list",
    ord("n"): "null",
}
_SCALARS: Final = frozenset({"text", "number", "boolean"})
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)

Fields = dict[str, msgspec.Raw]
Shape = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Record:
    """One record as sent. Times are the vendor's own texts."""

    id: str
    clock: str | None
    created: str | None
    text: bytes


@dataclass(frozen=True)
class Defect:
    """A record that cannot be taken: which field, what it holds, and why. `id` is there when it can be told."""

    field: str | None
    value: str | None
    reason: str
    text: bytes
    id: str | None = None


@dataclass
class Shapes:
    """Reads the records of one table, and remembers which fields they had.

    Records of one vendor have few shapes (field names and types), so each shape is judged once.
    """

    table: Table
    seen: set[str] = field(default_factory=set)
    records: int = 0
    _verdicts: dict[Shape, tuple[str, str] | None] = field(default_factory=dict)

    def take(self, raw: msgspec.Raw) -> Record | Defect:
        """Return the record, or why it cannot be taken."""
        text = bytes(raw)
        self.records += 1
        if not _is_utf8(text):
            return Defect(None, None, "not UTF-8", text, self._key(text))
        try:
            fields = fields_of(text, self.table.envelope)
        except msgspec.DecodeError:
            return Defect(None, None, "not a JSON object", text)
        shape = tuple((name, memoryview(value)[0]) for name, value in fields.items())
        if shape not in self._verdicts:
            self.seen.update(fields)
            self._verdicts[shape] = self._judge(shape)
        if (wrong := self._verdicts[shape]) is not None:
            name, reason = wrong
            value = bytes(fields[name]).decode() if name in fields else None
            return Defect(name, value, reason, text, self._key(text))
        table = self.table
        key = scalar(fields.get(table.id))
        if not key:
            return Defect(table.id, None, f"the record has no {table.id}, so nobody can tell which one it is", text)
        return Record(key, _time(fields, table.clock), _time(fields, table.created), text)

    def look_inside(self, raw: msgspec.Raw) -> None:
        """Remember the names one level down, of one record: done for a few, since it costs more."""
        try:
            document = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if isinstance(document, dict):
            for name, value in document.items():
                first = value[0] if isinstance(value, list) and value else value
                # The keys of free maps are data, not fields.
                if isinstance(first, dict) and name in self.table.fields and len(first) <= 40:
                    self.seen.update(f"{name}.{inner}" for inner in first)

    @property
    def gone(self) -> list[str]:
        """Fields that staging reads and no record had; empty when there was no record."""
        return [name for name in self.table.fields if name not in self.seen] if self.records else []

    def _key(self, text: bytes) -> str | None:
        try:
            return scalar(fields_of(text, self.table.envelope).get(self.table.id))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _judge(self, shape: Shape) -> tuple[str, str] | None:
        expected = self.table.fields | self.table.optional
        for name, first in shape:
            found = _TYPES.get(first, "null")
            wanted: JsonType | None = expected.get(name)
            fits = wanted is None or found in ("null", wanted)
            # Ids come as numbers in one version and as texts in the next; both are ids.
            if not fits and not (name == self.table.id and found in _SCALARS):
                return (
                    name,
                    f"its type has changed: {wanted} was expected, {found} came; staging must learn it first",
                )
        return None


def items(body: bytes, path: str | None = None) -> list[msgspec.Raw]:
    """Return the records of a page: of a list, or of the list at `path` of an object.

    Raises:
        ValueError: the body has no such list.
    """
    try:
        if path is None:
            return _list.decode(body)
        return _list.decode(_object.decode(body)[path])
    except (msgspec.DecodeError, KeyError) as error:
        place = f"a list at {path!r}" if path else "a list"
        raise ValueError(f"the answer holds no {place} of records") from error


def scalar(raw: msgspec.Raw | None) -> str | None:
    """Return a text or number as text; None for null, true, false, and what is no scalar."""
    if raw is None:
        return None
    kind = _TYPES.get(memoryview(raw)[0])
    if kind == "text":
        return _text.decode(raw)
    return bytes(raw).decode() if kind == "number" else None


def fields_of(text: bytes, envelope: str | None = None) -> Fields:
    """Return the top level of a record, its values unparsed.

    What is inside of the field `envelope` is added under names with a dot (`attributes.email`).
    """
    fields = _object.decode(text)
    if envelope and (inside := fields.get(envelope)) and memoryview(inside)[0] == ord("{"):
        fields |= {f"{envelope}.{name}": value for name, value in _object.decode(inside).items()}
    return fields


def names(fields: Iterable[str]) -> str | None:
    """Return field names as the landing log has them; None for none."""
    listed = sorted(fields)
    return json.dumps(listed) if listed else None


def parse_names(texts: Sequence[str | None]) -> set[str]:
    """Return the field names of entries of the landing log."""
    return {name for text in texts if text for name in json.loads(text)}


def _is_utf8(text: bytes) -> bool:
    """Tell whether a text is what JSON must be: msgspec looks only at the texts that it decodes."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _time(fields: Fields, name: str | None) -> str | None:
    return scalar(fields.get(name)) if name else None
