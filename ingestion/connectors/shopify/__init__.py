"""Shopify over its Admin GraphQL API. The page for users is docs/sources/shopify.md."""
