"""Medusa 2 over its Admin REST API. The page for users is docs/sources/medusa.md."""
