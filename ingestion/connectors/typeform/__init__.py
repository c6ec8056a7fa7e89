"""Typeform over its Create and Responses APIs. The page for users is docs/sources/typeform.md."""
