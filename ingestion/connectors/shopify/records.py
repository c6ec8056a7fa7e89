r"""Puts a record together from what Shopify sends: alike, whether it came by page or in bulk.

    page:  {"lineItems": {"nodes": [...], "pageInfo": ...}}          -> {"lineItems": [...]}
    bulk:  {"id": "gid://..."} \n {"__parentId": "gid://..."} \n ... -> {"lineItems": [...]}

Belongs here: the shape of records. Does not belong here: requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from ingestion.connectors.shopify.queries import Connection, Selection

MEMORY: Final = "400MB"
FETCHED: Final = 500
LONGEST_LINE: Final = 64 << 20
_GID: Final = re.compile(rb"gid://shopify/\w+/\w+")

Node = dict[str, Any]
Rest = Callable[[Connection, str, str], Iterator[Node]]
_encoder = msgspec.json.Encoder(order="sorted")


class NotUtf8Error(ValueError):
    """A file holds a text that cannot be read; the sentence says where."""


def not_utf8(text: bytes) -> str | None:
    """Return where an answer, or a line of a file, is not UTF-8, and what to do about it; None where all of it is."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        before = _GID.findall(text, 0, error.start)
        last = f", behind {before[-1].decode()}" if before else ""
        return (
            f"it is not UTF-8 from byte {error.start + 1:,} on{last}; write the texts of that record anew in Shopify's "
            "admin, or ask Shopify's support"
        )
    return None


def encode(node: Node) -> msgspec.Raw:
    """Return a record as it lands, its fields in the order of their names."""
    return msgspec.Raw(_encoder.encode(node))


def flatten(node: Node, selection: Selection, rest: Rest) -> Node:
    """Return a record of a page with its connections as lists; `rest` yields the rows beyond the first."""
    for one in selection.connections:
        connection = node[one.name]
        rows = list(connection["nodes"])
        if connection["pageInfo"]["hasNextPage"]:
            rows += rest(one, node["id"], connection["pageInfo"]["endCursor"])
        node[one.name] = rows
    return node


def measure(path: Path) -> int:
    """Return the number of lines of a bulk operation's file.

    Raises:
        NotUtf8Error: a line is not UTF-8.
        ValueError: a line is no JSON.
    """
    return sum(1 for _ in _lines(path))


def assemble(path: Path, selection: Selection, strike: Callable[[str], str]) -> Iterator[Node]:
    """Yield the records of a bulk operation's file, with flat memory.

    Rows of connections come somewhere below their record, each with its `__parentId`. `strike` takes secrets out of
    a line.

    Raises:
        ValueError: a line is no JSON, or belongs to no record.
    """
    names = {kind: one.name for one in selection.connections for kind in one.types}
    node: Node | None = None
    for line in _lines(path):
        row = msgspec.json.decode(strike(line))
        parent = row.pop("__parentId", None)
        if parent is None:
            if node is not None:
                yield node
            node = row | {one.name: [] for one in selection.connections}
        elif node is None or parent != node["id"] or row.get("__typename") not in names:
            raise ValueError(f"a row of {parent} belongs to no record")
        else:
            node[names[row["__typename"]]].append(row)
    if node is not None:
        yield node


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines, those of one record together, otherwise as they came."""
    with closing(duckdb.connect()) as sorter:
        sorter.execute(f"set memory_limit = '{MEMORY}'")
        sorter.execute(f"set temp_directory = '{path.parent / 'spill'}'")
        sorter.execute("set threads = 1")  # lines are numbered as they come
        try:
            found = sorter.execute(
                f"""with numbered as (
                    select row_number() over () as line, json from read_ndjson_objects(
                        '{path}', maximum_object_size = {LONGEST_LINE}
                    )
                ),
                owned as (
                    select line, json,
                        coalesce(json_extract_string(json, '$.__parentId'), json_extract_string(json, '$.id')) as owner
                    from numbered
                )
                select cast(json as varchar)
                from owned
                order by min(line) over (partition by owner), line"""
            )
        except duckdb.Error as error:
            _find_not_utf8(path)
            raise ValueError("a line of it is no JSON") from error
        while some := found.fetchmany(FETCHED):
            for (line,) in some:
                yield line


def _find_not_utf8(path: Path) -> None:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            # A last line that breaks off inside of a letter is one of a file that is not whole.
            if line.endswith(b"\n") and (wrong := not_utf8(line)):
                raise NotUtf8Error(f"line {number:,}: {wrong}")
