"""What Zendesk says is wrong.

    {"error": "Couldn't authenticate you"}
    {"error": "InvalidValue", "description": "Too recent start_time."}
    {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}

Belongs here: the words of an answer. Does not belong here: asking (`reader`).
"""

from __future__ import annotations

from typing import Any

import requests

from ingestion.connectors.answers import object_of

_NOBODY = "no help desk"


def explain(response: requests.Response) -> str | None:
    """Return what Zendesk says is wrong; None for data."""
    said = object_of(response)
    if "error" not in said:
        return None
    shown = _words(said)
    if _NOBODY in shown.lower():
        return f"there is no Zendesk at this address; correct the subdomain in `url` ({shown})"
    if response.status_code == 401:
        return (
            "the e-mail address or the token is wrong or has expired, or token access is switched off; allow it, make "
            f"a token (Admin Center > Apps and integrations > APIs), set it, and write its user as `user` ({shown})"
        )
    if response.status_code == 403:
        return (
            "the user may not read this: make it an administrator, give an access token the scope `read`, and set "
            f"`ratings = false` where the plan has no satisfaction ratings ({shown})"
        )
    return shown


def _words(said: dict[str, Any]) -> str:
    error = said["error"]
    parts = [error.get("title"), error.get("message")] if isinstance(error, dict) else [error]
    parts += [said.get("description"), said.get("error_description")]
    return ": ".join(str(part) for part in parts if part)
