"""What may go wrong on the way, and what must come of it, the same for every vendor.

Belongs here: faults, and landings under them. Does not belong here: how a server misbehaves (`server`), a vendor's own
errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from tests.connectors import server
from tests.connectors.conftest import Retailer
from tests.connectors.server import Answer, Asked, Fault, System, status

Played = TypeVar("Played", bound=System)
Holds = Callable[[Retailer, Played], None]
# What is sent, the error that comes of it, and words of its sentence.
Case = tuple[Fault, type[Exception], str]

PASSING: dict[str, list[Fault]] = {
    "429 without Retry-After": [status(429)] * 2,
    "429 with Retry-After": [status(429, Retry_After="1")],
    "429 with a date": [status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")],
    "500": [status(500)],
    "502 with a page": [status(502, b"<html>bad gateway</html>")],
    "503": [status(503, Retry_After="0")],
    "a web page": [server.html],
    "a body cut off": [server.cut_body],
    "JSON cut off": [server.cut_json],
    "a reset in mid page": [server.reset],
    "no answer": [server.silent],
    "a body byte by byte": [server.dripping],
    "all at once": [server.reset, status(503), server.cut_json],
}


class Always(list[Fault]):
    """A fault that never ends, after some good answers."""

    def __init__(self, fault: Fault, good: int = 4) -> None:
        super().__init__([fault])
        self.good = good

    def pop(self, index: Any = -1) -> Fault:
        self.good -= 1
        return server.send if self.good >= 0 else self[0]


LASTING: dict[str, Case] = {
    "down": (status(503), SourceUnavailableError, "answer 503"),
    "asks to wait for an hour": (status(429, Retry_After="3600"), SourceUnavailableError, "asks to wait 3600 seconds"),
    "a web page": (server.html, SourceUnavailableError, "a web page in the place of data"),
    "cut off": (server.cut_body, SourceUnavailableError, "lost on the way"),
    "silent": (server.silent, SourceUnavailableError, "no answer in time"),
    "slow": (server.dripping, SourceUnavailableError, "so slowly"),
    "moved": (status(301, Location="https://elsewhere.example/"), AccessRefusedError, "write that address as `url`"),
    "an error inside of a 200": (
        status(200, {"code": "internal_error", "message": "Database gone", "data": {}}),
        SourceDefectError,
        "Database gone",
    ),
    "no list": (status(200, {"orders": []}), SourceDefectError, "holds no a list"),
}


def quick_first(names: Iterable[str], quick: set[str]) -> list[Any]:
    """Return the names as parameters, of which those that are not quick are run on demand."""
    return [pytest.param(name, marks=() if name in quick else pytest.mark.marathon) for name in names]


def assert_survived(
    retailer: Retailer, name: str, system: Played, faults: list[Fault], holds: Holds[Played], good: int = 4
) -> None:
    """After some good answers come faults, and everything lands all the same, in time."""
    system.faults = [server.send] * good + faults
    began = time.monotonic()
    retailer.land(name)
    assert time.monotonic() - began < 60
    holds(retailer, system)


def assert_ended(
    retailer: Retailer,
    name: str,
    system: Played,
    case: Case,
    table: str,
    secrets: Iterable[str],
    holds: Holds[Played],
    good: int = 4,
) -> None:
    """A fault that never ends ends the load in time and in one sentence, and the next one takes everything."""
    fault, error, sentence = case
    system.faults = Always(fault, good)
    began = time.monotonic()
    with pytest.raises(error, match=sentence) as raised:
        retailer.land(name)
    assert time.monotonic() - began < 40
    said = str(raised.value)
    assert said.startswith(f"{name}: ")
    assert not any(secret in said for secret in secrets)
    assert _landed(retailer, name, table) == 0
    system.faults = []
    retailer.land(name)
    holds(retailer, system)


def assert_put_aside(retailer: Retailer, name: str, system: System, table: str, key: str) -> None:
    """A record that says MANGLED comes in another encoding; it is put aside, and takes no other along."""
    answer = system.answer

    def mangled(asked: Asked) -> Answer:
        found = answer(asked)
        return Answer(found.bytes.replace(b"MANGLED", b"Caf\xe9"), found.status, found.headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system, "answer", mangled)
        retailer.land(name)
    rows = retailer.query("select distinct entity, reason, payload from lake.quarantine")
    assert [(entity, reason) for entity, reason, _ in rows] == [(table, "not UTF-8")]
    assert "Caf\ufffd" in rows[0][2]
    found, truth = retailer.latest(name), system.truth()
    assert {table: set(records) for table, records in found.items()} == {
        other: set(records) - ({key} if other == table else set()) for other, records in truth.items()
    }


def assert_resumed(
    retailer: Retailer, name: str, system: Played, table: str, records: int, holds: Holds[Played], good: int
) -> None:
    """A first load that breaks off after some good answers keeps what has landed, and the next one goes on there."""
    system.faults = Always(status(503), good)
    with pytest.raises(SourceUnavailableError):
        retailer.land(name)
    landed = _landed(retailer, name, table)
    assert 0 < landed < records
    system.faults = []
    assert retailer.land(name).entities[table].rows_landed == records - landed
    holds(retailer, system)


def _landed(retailer: Retailer, name: str, table: str) -> int:
    [(rows,)] = retailer.query(f"select count(*) from lake_{retailer.system(name).kind}.{table}")
    return int(rows)
