"""Zendesk Support over its ticketing API, version 2. The page for users is docs/sources/zendesk.md."""
