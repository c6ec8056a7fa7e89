"""Answers that are not what was asked for end in one sentence that names system and address, and no query."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import requests

from ingestion.connectors.answers import first_error, record_of, records_of
from ingestion.errors import SourceDefectError


def answer(body: bytes) -> requests.Response:
    response = requests.Response()
    response._content, response.url = body, "https://api.example/v2/flows?token=abc"
    return response


@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b'{"rows": 1}', b"<html>"])
@pytest.mark.parametrize("read", [record_of, records_of])
def test_what_is_not_there_is_said(read: Callable[[str, requests.Response, str], object], body: bytes) -> None:
    with pytest.raises(SourceDefectError, match=r"^post: https://api\.example/v2/flows: the answer holds no"):
        read("post", answer(body), "data")


def test_records_are_taken_as_they_were_sent() -> None:
    assert record_of("post", answer(b'{"data": {"price": 1.10}}'), "data") == msgspec.Raw(b'{"price": 1.10}')
    assert records_of("post", answer(b"[ 1.10, {}]")) == [msgspec.Raw(b"1.10"), msgspec.Raw(b"{}")]


@pytest.mark.parametrize("body", [b"[]", b"{}", b"<html>", b'{"errors": []}', b'{"errors": ["x"]}', b'{"a": "\xff"}'])
def test_what_lists_no_error_is_none(body: bytes) -> None:
    assert first_error(answer(body)) is None
