"""Sends GraphQL to a shop, within what it lets us spend.

    query -> RESTClient -> BoundedSession -> data, or one clear sentence

Errors come inside of a 200: throttled calls wait for as long as the shop says and are repeated, a query that costs more
than one may is for the reader to make smaller, all others end the load.

Belongs here: signing in, costs, how Shopify words its errors. Does not belong here: what is asked (`queries`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import requests
from pydantic import SecretStr

from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, PassingError, rest_client, server_time
from ingestion.connectors.secrets import STRUCK, Secrets
from ingestion.connectors.shopify.config import ShopifyConfig
from ingestion.connectors.shopify.records import not_utf8
from ingestion.errors import AccessRefusedError, SourceDefectError

TOKEN_HEADER: Final = "X-Shopify-Access-Token"
VERSION_HEADER: Final = "X-Shopify-API-Version"
RENEW_BEFORE: Final = dt.timedelta(minutes=10)
_PASSING: Final = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_REFUSED: Final = {
    401: "the token is wrong or was taken back; make a new one and set it",
    402: "the shop is frozen until its bill is paid",
    403: "the app lacks a scope; give it the scopes of docs/sources/shopify.md, and install it anew",
    404: "there is no such shop; write its address as https://<name>.myshopify.com",
    423: "Shopify has locked the shop",
}

Data = dict[str, Any]


class TooCostlyError(SourceDefectError):
    """One query asks for more than the shop gives at once."""


class ShopifyClient:
    """Asks one shop. `served_version` is the version that it last answered with."""

    def __init__(
        self,
        connector: Connector,
        config: ShopifyConfig,
        secrets: Secrets,
        limits: Limits,
        sleep: Callable[[float], None],
    ) -> None:
        self.served_version: str | None = None
        self._name, self._config, self._secrets, self._sleep = connector.name, config, secrets, sleep
        self._session = BoundedSession(connector, secrets, explain, limits, sleep)
        self._client = rest_client(self._session, config.url, None, {})
        self._path = f"admin/api/{config.api_version}/graphql.json"
        self._renew_at: dt.datetime | None = None
        self._wait = 0.0

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._session.calls

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def ask(self, query: str, /, **variables: object) -> Data:
        """Return the data of a query.

        Raises:
            TooCostlyError: the query must be made smaller.
            AccessRefusedError: the token is wrong, or a scope or approval is missing.
            SourceUnavailableError: no answer within the limits.
            SourceDefectError: Shopify calls the query wrong.
        """
        data: Data = self._answer(query, variables)["data"]
        return data

    def now(self, query: str) -> dt.datetime:
        """Return the time of Shopify's server, asked by any query."""
        return server_time(self._post(query, {}))

    def save(self, url: str, path: Path) -> None:
        """Save the file of a bulk operation, as it is; `strike` takes secrets out of its lines."""
        self._session.save(url, path)

    def strike(self, text: str) -> str:
        """Return a text without our secrets."""
        return self._secrets.strike(text)

    def _answer(self, query: str, variables: dict[str, object]) -> Data:
        response = self._post(query, variables)
        answer = msgspec.json.decode(response.content)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise SourceDefectError(f"{self._name}: the answer holds no data of GraphQL")
        return answer

    def _post(self, query: str, variables: dict[str, object]) -> requests.Response:
        token = self._token()
        if self._wait:
            self._sleep(self._wait)
        body = {"query": query, "variables": variables}
        response = self._client.post(self._path, json=body, headers={TOKEN_HEADER: token})
        self.served_version = response.headers.get(VERSION_HEADER)
        self._wait = _pause(response.content)
        return response

    def _token(self) -> str:
        if self._config.sign_in == "token":
            return self._secrets["access_token"]
        if self._renew_at is None or dt.datetime.now(dt.UTC) > self._renew_at:
            wanted = {name: self._secrets[name] for name in self._config.secrets}
            answer = self._client.post("admin/oauth/access_token", json={"grant_type": "client_credentials"} | wanted)
            given = msgspec.json.decode(answer.content)
            if not isinstance(given, dict) or not given.get("access_token"):
                raise SourceDefectError(f"{self._name}: Shopify gives no token for the app")
            token = str(given["access_token"])
            if token != STRUCK:  # else it is the one that we have, which goes on, and was struck out of the answer
                self._secrets.learn({"access_token": SecretStr(token)})
            lasts = dt.timedelta(seconds=float(given.get("expires_in") or 3600))
            self._renew_at = dt.datetime.now(dt.UTC) + max(lasts - RENEW_BEFORE, lasts / 2)
        return self._secrets["access_token"]


def explain(response: requests.Response) -> str | None:
    """Return what Shopify says is wrong; None for data.

    Raises:
        PassingError: it will pass; throttled calls say when.
        AccessRefusedError: a scope or an approval is missing.
        TooCostlyError: the query costs more than one may.
        SourceDefectError: a text of the answer cannot be read.
    """
    try:
        said = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if response.status_code == 200 and (wrong := not_utf8(response.content)):
            raise SourceDefectError(wrong) from None
        return _REFUSED.get(response.status_code)
    errors = said.get("errors") if isinstance(said, dict) else None
    if response.status_code != 200:
        return _refusal(response.status_code, said, errors)
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {"message": str(errors)}
    code, message = str((first.get("extensions") or {}).get("code")), str(first.get("message"))
    if code == "THROTTLED" or message == "Throttled":
        raise PassingError("the shop's call limit is used up", _lacking(said))
    if code == "MAX_COST_EXCEEDED":
        raise TooCostlyError(message)
    if code in _PASSING:
        raise PassingError(message)
    if code == "ACCESS_DENIED":
        raise AccessRefusedError(denied(message))
    return f"{message} ({code})"


def denied(message: str) -> str:
    """Return what to do about a refusal of one type or field."""
    if "protected-customer-data" in message or "not approved" in message:
        return (
            "the app is not approved for personal data; ask for protected customer data in its settings, or set "
            f"personal_data = false ({message})"
        )
    return f"the app lacks a scope; add it to the app, and let the shop approve it ({message})"


def _refusal(status: int, said: Any, errors: Any) -> str | None:  # noqa: ANN401
    if isinstance(said, dict) and "error" in said:  # the answers of OAuth
        text = said.get("error_description") or said["error"]
        return f"client_id and client_secret do not open this shop; copy both again from the Dev Dashboard ({text})"
    known = _REFUSED.get(status)
    return f"{known} ({errors})" if known and errors else known


def _lacking(said: Data) -> float | None:
    """Return the seconds until a throttled query can be paid."""
    cost = (said.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    if not status.get("restoreRate") or cost.get("requestedQueryCost") is None:
        return None
    lacking = float(cost["requestedQueryCost"]) - float(status.get("currentlyAvailable") or 0)
    return max(0.0, lacking / float(status["restoreRate"]))


def _pause(body: bytes) -> float:
    """Return how long to wait so that the like of this query can be paid again."""
    return _lacking(msgspec.json.decode(body)) or 0.0
