"""Klaviyo over its REST API (JSON:API). The page for users is docs/sources/klaviyo.md."""
