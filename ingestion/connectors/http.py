"""The bounded HTTP session that every connector's requests pass through, as dlt's RESTClient.

    RESTClient -> BoundedSession.send -> one attempt -> whole body, valid JSON, or one clear sentence

Bounded are: attempts, waiting, one answer with its body (a server that sends a byte a minute keeps every read
timeout), all attempts together, and the size of a body. Retried is what may pass: 429, 5xx, lost connections, cut or
wrong bodies.

Belongs here: getting an answer, or the reason why there is none. Does not belong here: paging, what an answer means.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from dlt.sources.helpers.rest_client.client import RESTClient
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ingestion.connectors.connector import Connector
from ingestion.connectors.secrets import Secrets
from ingestion.errors import AccessRefusedError, IngestionError, SourceDefectError, SourceUnavailableError

RETRIED_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
CHUNK: Final = 64 << 10
SHOWN: Final = 200

Answered = TypeVar("Answered")
# Says what a vendor's answer complains of; None for data. It may raise PassingError or AccessRefusedError instead.
Explain = Callable[[requests.Response], str | None]


@dataclass(frozen=True)
class Limits:
    """What bounds a request, in seconds, attempts and bytes."""

    attempts: int = 6
    connect_seconds: float = 10
    read_seconds: float = 60
    answer_seconds: float = 180
    total_seconds: float = 600
    longest_wait: float = 120
    first_wait: float = 1
    body_bytes: int = 256 << 20
    pace: float | None = None  # least seconds between two requests; None: what the vendor asks for


class PassingError(Exception):
    """This attempt failed in a way that the next may not. `wait` is what the server asks for, in seconds.

    What explains a vendor's answers may raise it, for an error that the vendor hides in a 200.
    """

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


class NotThereError(AccessRefusedError):
    """There is nothing at this address: of a record, that it is gone."""


class BoundedSession(requests.Session):
    """A session whose every request ends, well or with a sentence. `sleep` and `clock` can be replaced in tests."""

    def __init__(
        self,
        connector: Connector,
        secrets: Secrets,
        explain: Explain = lambda response: None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self.calls = 0
        self._last = 0.0
        self._name, self._secrets, self._explain = connector.name, secrets, explain
        self._limits, self._sleep = limits or Limits(), sleep
        self._host = urlsplit(connector.config.url).hostname
        if connector.config.ca_bundle:
            self.verify = str(connector.mapping_path.parent / connector.config.ca_bundle)
        self.mount("https://", HTTPAdapter(max_retries=0))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401
        """Send a request until it is answered or the limits are reached.

        Raises:
            AccessRefusedError: the system does not let us in, or has no such address.
            SourceUnavailableError: no whole answer within the limits.
            SourceDefectError: the answer cannot be right.
        """
        return self._insist(request, lambda ends: self._attempt(request, options, ends))

    def save(self, url: str, path: Path) -> None:
        """Save a file that the system has put elsewhere, whole, without our credentials and with flat memory.

        Raises:
            AccessRefusedError: the file is not given to us.
            SourceUnavailableError: it did not come whole within the limits.
        """
        request = requests.Request("GET", url, headers={"User-Agent": "evermart"}).prepare()
        self._insist(request, lambda ends: self._save(request, path, ends))

    def _insist(self, request: requests.PreparedRequest, attempted: Callable[[float], Answered]) -> Answered:
        ends = time.monotonic() + self._limits.total_seconds
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return attempted(ends)
            except PassingError as error:
                wait = error.wait if error.wait is not None else self._limits.first_wait * 2 ** (attempt - 1)
                last = attempt == self._limits.attempts or time.monotonic() + wait > ends
                if last or wait > self._limits.longest_wait:
                    asked = f"; it asks to wait {wait:.0f} seconds" if error.wait else ""
                    tries = f"{attempt} attempt{'s' if attempt > 1 else ''}"
                    raise SourceUnavailableError(self._say(request, f"{error}, after {tries}{asked}")) from None
                self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, request: requests.PreparedRequest, options: dict[str, Any], ends: float) -> requests.Response:
        with self._answer(request, options) as response:
            body = self._body(response, min(ends, self._last + self._limits.answer_seconds))
        response._content = self._secrets.strike_bytes(body)
        response._content_consumed = True
        self._judge(request, response)
        return response

    def _save(self, request: requests.PreparedRequest, path: Path, ends: float) -> None:
        with self._answer(request, {}) as response, path.open("wb") as file:
            refused = response.status_code >= 300
            while part := response.raw.read1(CHUNK, decode_content=True):
                if refused:
                    break
                file.write(part)
                if time.monotonic() > ends:
                    raise PassingError("the file came so slowly that it was cut off")
        if response.status_code in RETRIED_STATUS:
            raise PassingError(f"answer {response.status_code}", _retry_after(response))
        if refused:
            raise AccessRefusedError(self._say(request, f"answer {response.status_code}: the file is not given to us"))

    @contextmanager
    def _answer(self, request: requests.PreparedRequest, options: dict[str, Any]) -> Iterator[requests.Response]:
        """Yield the answer to one attempt, its body unread; what breaks meanwhile is said in one sentence."""
        options = options | {"stream": True, "allow_redirects": False}
        options["timeout"] = (self._limits.connect_seconds, self._limits.read_seconds)
        if isinstance(self.verify, str):
            options["verify"] = self.verify  # the settings' certificates win over the environment's
        self.calls += 1
        self._sleep(max(0.0, self._last + (self._limits.pace or 0) - time.monotonic()))
        self._last = time.monotonic()
        try:
            response = super().send(request, **options)
            try:
                yield response
            finally:
                response.close()
        except requests.exceptions.SSLError as error:
            if "certificate" not in str(error).lower():
                raise PassingError("the encrypted connection was lost on the way") from None
            raise AccessRefusedError(self._say(request, _certificate(error))) from None
        except requests.exceptions.Timeout:
            raise PassingError("no answer in time") from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise PassingError(_lost(error)) from None

    def _body(self, response: requests.Response, ends: float) -> bytes:
        parts, size = list[bytes](), 0
        while part := response.raw.read1(CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if time.monotonic() > ends:
                raise PassingError(f"the answer came so slowly that it was cut off after {size:,} bytes")
            if size > self._limits.body_bytes:
                raise SourceDefectError(f"{self._name}: one answer is longer than {self._limits.body_bytes >> 20} MB")
        return b"".join(parts)

    def _judge(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        status = response.status_code
        if status in RETRIED_STATUS:
            said = self._explain(response) or "the server is overloaded or broken"
            raise PassingError(f"answer {status}: {said}", _retry_after(response))
        if 300 <= status < 400:
            target = response.headers.get("Location", "nowhere")
            raise AccessRefusedError(self._say(request, f"it redirects to {target}; write that address as `url`"))
        if status >= 400:
            said = self._explain(response) or _refusal(status, response)
            kind = NotThereError if status == 404 else AccessRefusedError
            raise kind(self._say(request, f"answer {status}: {said}"))
        try:
            msgspec.json.decode(response.content, type=msgspec.Raw)
        except msgspec.DecodeError:
            raise PassingError(_no_json(response)) from None
        try:
            wrong = self._explain(response)
        except IngestionError as error:
            raise type(error)(self._say(request, str(error))) from None
        if wrong is not None:
            raise SourceDefectError(self._say(request, wrong))

    def _say(self, request: requests.PreparedRequest, sentence: str) -> str:
        path = urlsplit(str(request.url)).path
        return self._secrets.strike(f"{self._name}: {request.method} {self._host}{path}: {sentence}")


def rest_client(session: BoundedSession, url: str, auth: AuthBase | None, headers: dict[str, str]) -> RESTClient:
    """Return dlt's REST client over the bounded session."""
    agent = {"User-Agent": "evermart", "Accept": "application/json"}
    return RESTClient(base_url=url, headers=agent | headers, auth=auth, session=session)


def server_time(response: requests.Response) -> dt.datetime:
    """Return the time by the server's clock, to the second; our own when it does not say."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(dt.UTC)
    except (KeyError, ValueError):
        return dt.datetime.now(dt.UTC)


def _retry_after(response: requests.Response) -> float | None:
    said = response.headers.get("Retry-After", "").strip()
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None


def _certificate(error: Exception) -> str:
    reason = str(error).rpartition("(")[2].rstrip("')\" ") if "(" in str(error) else str(error)
    return (
        f"its certificate is not trusted ({reason[:SHOWN]}); correct `url`, have the certificate renewed, or, for one "
        "of your own making, name its file as `ca_bundle`"
    )


def _lost(error: Exception) -> str:
    text = str(error)
    if "NameResolution" in text or "Name or service not known" in text:
        return "there is no such host; correct `url`, or the network is down"
    if "refused" in text:
        return "nobody answers at this address; correct `url`, or the system is down"
    return "the connection was lost on the way"


def _refusal(status: int, response: requests.Response) -> str:
    known = {
        401: "the key, secret or token is wrong or has expired; make a new one and set it",
        403: "the key or token lacks a permission for this; give it read access",
        404: "there is nothing at this address; correct `url`",
    }
    return known.get(status) or f"it refuses the request: {response.text[:SHOWN]}"


def _no_json(response: requests.Response) -> str:
    body = response.content[:512].lstrip().lower()
    if body.startswith((b"<!doctype html", b"<html")) or b"<body" in body:
        return (
            "it sends a web page in the place of data (a wrong `url`, maintenance, a firewall, or an API that is "
            "switched off)"
        )
    return "it sends an answer that is cut off" if body[:1] in (b"{", b"[") else "it sends something that is not JSON"
