"""Secrets of connectors: found by dlt's own providers, held so that they cannot be printed, struck out of every text.

    SOURCES__MY_SHOP__CONSUMER_SECRET        in the environment, or
    [sources.my_shop] consumer_secret = ...  in .dlt/secrets.toml

Belongs here: finding and striking out. Does not belong here: what a vendor does with its secrets.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from ingestion.connectors.connector import Connector
from ingestion.errors import AccessRefusedError

STRUCK = "***"
_SHORTEST = 4  # a shorter text is no secret worth the name, and striking it out would garble every sentence


class Secrets:
    """The secrets of one connector, by name."""

    def __init__(self, values: Mapping[str, SecretStr]) -> None:
        self._values = dict[str, SecretStr]()
        self.learn(values)

    def learn(self, values: Mapping[str, SecretStr]) -> None:
        """Keep further secrets, such as a token that a system has given in exchange."""
        self._values |= values
        plain = [value.get_secret_value() for value in self._values.values()]
        # Basic authentication sends two of them joined and encoded.
        pairs = [f"{first}:{second}" for first in plain for second in plain if first != second]
        encoded = [base64.b64encode(text.encode()).decode() for text in (*plain, *pairs)]
        forms = {form for text in (*plain, *encoded) if len(text) >= _SHORTEST for form in _written(text)}
        self._struck = sorted(forms, key=len, reverse=True)

    def __getitem__(self, name: str) -> str:
        """Return a secret in the open, for the request that needs it."""
        return self._values[name].get_secret_value()

    def __repr__(self) -> str:
        """Name the secrets, never their values."""
        return f"Secrets({', '.join(self._values)})"

    def strike(self, text: str) -> str:
        """Return the text without the secrets."""
        for secret in self._struck:
            text = text.replace(secret, STRUCK)
        return text

    def strike_bytes(self, body: bytes) -> bytes:
        """Return the bytes without the secrets, should a system repeat them in an answer."""
        for secret in self._struck:
            if (found := secret.encode()) in body:
                body = body.replace(found, STRUCK.encode())
        return body


def find_secrets(connector: Connector) -> Secrets:
    """Return the secrets of a connector.

    Raises:
        AccessRefusedError: one is not set; the message says where it may be put.
    """
    return secrets_of(connector.name, connector.config.secret_names)


def secrets_of(system: str, names: Sequence[str]) -> Secrets:
    """Return the secrets of a system, by their names.

    Raises:
        AccessRefusedError: one is not set; the message says where it may be put.
    """
    # Imported here since dlt takes a second, which only what reads a system need pay.
    import dlt  # noqa: PLC0415

    values: dict[str, Any] = {name: dlt.secrets.get(f"sources.{system}.{name}") for name in names}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise AccessRefusedError(f"{system}: {_where(system, missing)}")
    return Secrets({name: SecretStr(str(value).strip()) for name, value in values.items()})


def _written(text: str) -> set[str]:
    """Return a text as it may be written: plain, inside of JSON (PHP writes ASCII and escapes slashes), in a URL."""
    inside = [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True)]
    return {text, *inside, *(form.replace("/", "\\/") for form in inside), quote(text, safe=""), quote_plus(text)}


def _where(system: str, missing: Sequence[str]) -> str:
    variables = " and ".join(f"SOURCES__{system.upper()}__{name.upper()}" for name in missing)
    return (
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set; set {variables} in the environment, "
        f"or write {' and '.join(missing)} below [sources.{system}] in .dlt/secrets.toml"
    )
