"""What Klaviyo says is wrong, and where a list goes on.

    {"errors": [{"status": 403, "code": "permission_denied", "title": ..., "detail": ...}]}

Belongs here: the words of an answer. Does not belong here: asking (`reader`).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

import msgspec
import requests

from ingestion.connectors.answers import first_error, place
from ingestion.connectors.records import fields_of
from ingestion.errors import SourceDefectError

# The first part of a path after /api, and what a key must be allowed to read there.
SCOPES: Final = {
    "metrics": "metrics:read",
    "events": "events:read",
    "profiles": "profiles:read",
    "campaigns": "campaigns:read",
    "flows": "flows:read",
}


def explain(response: requests.Response) -> str | None:
    """Return what Klaviyo says is wrong; None for data."""
    error = first_error(response)
    if error is None:
        return None
    code, detail = str(error.get("code", "")), str(error.get("detail") or error.get("title", ""))
    status = response.status_code
    if status == 401 or code in ("not_authenticated", "authentication_failed"):
        return f"the private API key is wrong or was deleted; make a new one, which begins with pk_ ({detail})"
    if status == 403:
        scope = SCOPES.get(urlsplit(response.url).path.removeprefix("/api/").partition("/")[0], "that it needs")
        return f"the private API key lacks the scope {scope}; make one that has it ({detail})"
    if status == 410 or "revision" in detail.lower():
        return f"Klaviyo does not know this revision of its API, or no more; correct `revision` ({detail})"
    return f"{detail} ({code})"


def next_cursor(system: str, response: requests.Response) -> str | None:
    """Return the cursor of the page after this one; None for the last.

    The address is taken apart and not followed: it could lead to another host, and the key goes with every request.

    Raises:
        SourceDefectError: there is a next page, and no cursor to ask for it.
    """
    # Only this is decoded: a text of a record that is not UTF-8 is that record's defect.
    links = msgspec.json.decode(fields_of(response.content).get("links", msgspec.Raw(b"null")))
    address = links.get("next") if isinstance(links, dict) else None
    if not address:
        return None
    found = parse_qs(urlsplit(str(address)).query).get("page[cursor]")
    if not found:
        raise SourceDefectError(f"{place(system, response)}: the next page has no cursor")
    return found[0]
