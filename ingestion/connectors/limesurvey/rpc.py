"""RemoteControl 2: calls, their session, and errors, which all come with HTTP 200.

    {"method", "params", "id"} -> {"result": ..., "error": null}    or {"result": {"status": "No permission"}}

Belongs here: one call and what its answer means. Does not belong here: which calls are made (`reader`).
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from pydantic import SecretStr

from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.secrets import STRUCK, Secrets
from ingestion.errors import AccessRefusedError, IngestionError, SourceDefectError

EXPIRED: Final = "Invalid session key"
LOGINS: Final = 4  # for one call: a session may end while an answer is lost and asked for again
# There is nothing: a survey that is not active has no responses, one that is open to all no participants.
NOTHING: Final = re.compile(
    r"(Error: )?No (Data|Tokens?|survey participants?|surveys?|questions?|response|survey response)\b", re.IGNORECASE
)
_REFUSED: Final = {
    "no permission": "the user may not read this; give it the survey permissions that docs/sources/limesurvey.md names",
    "invalid user": "the user name or the password is wrong; set both anew",
    "exceeded the number": "the login is locked after too many attempts; wait, then set the right password",
}


class Rpc:
    """Calls with a session, which is opened at the first call and anew when the server has forgotten it."""

    def __init__(self, system: str, client: RESTClient, path: str, user: str, secrets: Secrets) -> None:
        self._system, self._client, self._path = system, client, path
        self._user, self._secrets = user, secrets
        self._key: str | None = None

    def call(self, method: str, *parameters: Any) -> msgspec.Raw | None:  # noqa: ANN401
        """Return the result of a call; None when there is nothing.

        Raises:
            AccessRefusedError: the user may not log in, or may not read this.
            SourceDefectError: LimeSurvey cannot answer.
        """
        for _ in range(LOGINS):
            if self._key is None:
                self._key = self._log_in()
            result = self._post(method, [self._key, *parameters])
            status = _status(result)
            if status is None:
                return result
            if status != EXPIRED:
                self._judge(method, status)
                return None
            self._key = None
        raise AccessRefusedError(f"{self._system}: {method}: LimeSurvey forgets its session at once ({EXPIRED})")

    def close(self) -> None:
        """Log out."""
        if self._key is None:
            return
        key, self._key = self._key, None
        try:
            self._post("release_session_key", [key])
        except IngestionError:
            return  # the session ends by itself, and what was read is read

    def _log_in(self) -> str:
        result = self._post("get_session_key", [self._user, self._secrets["password"]])
        key = scalar(result)
        if key is None:
            self._judge("get_session_key", _status(result) or "no session key")
            raise SourceDefectError(f"{self._system}: get_session_key: LimeSurvey gives no session key")
        if key != STRUCK:  # else it is the one that we have, which goes on, and was struck out of the answer
            self._secrets.learn({"session_key": SecretStr(key)})
        return self._secrets["session_key"]

    def _judge(self, method: str, status: str) -> None:
        """Return when there is nothing; raise when it is an error."""
        if NOTHING.match(status):
            return
        for words, remedy in _REFUSED.items():
            if words in status.lower():
                raise AccessRefusedError(f"{self._system}: {method}: {remedy} ({status})")
        raise SourceDefectError(f"{self._system}: {method}: LimeSurvey says: {status}")

    def _post(self, method: str, parameters: list[Any]) -> msgspec.Raw:
        response = self._client.post(self._path, json={"method": method, "params": parameters, "id": 1})
        fields = fields_of(response.content)
        if "result" not in fields:
            raise SourceDefectError(f"{self._system}: {method}: the answer holds no result")
        return fields["result"]


def explain(response: requests.Response) -> str | None:
    """Return the error of the call itself, such as an unknown method; None for a result."""
    try:
        said = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a text in a record; the record is put aside when it is taken
        return None
    if not isinstance(said, dict):
        return "the answer is no answer to a call; correct `url` and `path`"
    error = said.get("error")
    if not error:
        return None
    return str(error.get("message", error) if isinstance(error, dict) else error)


def _status(result: msgspec.Raw) -> str | None:
    """Return the words of an error in place of a result."""
    if not bytes(result).lstrip().startswith(b"{"):
        return None
    fields = fields_of(bytes(result))
    return scalar(fields["status"]) if "status" in fields else None
