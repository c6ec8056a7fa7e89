"""What a vendor's table is, and the columns that every raw table of the lake has.

Belongs here: the declaration of a table and the raw columns. Does not belong here: any vendor's own tables
(`ingestion.connectors.<vendor>.config`), reading.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from ingestion.contract import Column, Entity, Kind

JsonType = Literal["text", "number", "boolean", "object", "list"]
Mode = Literal["changes", "listing", "children"]

RAW_COLUMNS: Final[dict[str, Column]] = {
    "record_id": Column(type="text", required=True, meaning="The vendor's id of the record."),
    "parent_id": Column(
        type="text", meaning="The vendor's id of the record that it hangs on, where its address names one."
    ),
    "version": Column(type="integer", required=True, meaning="Version of the record as we saw it, from 1."),
    "record_clock": Column(type="text", meaning="The vendor's own time of change, as sent."),
    "record_created": Column(type="text", meaning="The vendor's own time of creation, as sent."),
    "record_digest": Column(type="text", required=True, meaning="MD5 of the record; `deleted` for a tombstone."),
    "deleted_at": Column(type="timestamp", meaning="When the record was found to be gone (a tombstone)."),
    "record": Column(
        type="text", required=True, pii=True, meaning="The record as sent, JSON. A tombstone repeats the last one."
    ),
}
DELETED: Final = "deleted"


class Table(BaseModel):
    """One table of a vendor.

    Attributes:
        description: what one record is.
        mode: `changes` are read by the vendor's clock, a `listing` is read whole each night, `children` are read for
            every parent that has changed.
        id: field of the key.
        clock: field of the time of change.
        created: field of the time of creation.
        parent: table that children hang on.
        envelope: field that holds the record's own fields, as in JSON:API; they are named with it (`attributes.name`).
        fields: top-level fields that staging reads, with the JSON type that it understands; null is always allowed.
            A record with another type is quarantined, and a load in which a field never occurs says so.
        optional: the same, for fields that a vendor leaves out at will.
        can_vanish: false for records that a vendor never deletes, such as payments: no sweep looks for them.
        stands_for: entity of the landing contract that the freshness of this table is judged as.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    mode: Mode
    id: str = "id"
    clock: str | None = None
    created: str | None = None
    parent: str | None = None
    envelope: str | None = None
    fields: dict[str, JsonType] = {}
    optional: dict[str, JsonType] = {}
    can_vanish: bool = True
    stands_for: tuple[Kind, str] | None = None

    @property
    def entity(self) -> Entity:
        """The raw table in the words of the landing contract."""
        return Entity(description=self.description, key=("record_id", "version"), columns=RAW_COLUMNS)
