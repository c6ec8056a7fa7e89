"""Suites on what would be published: the contract with BI, volume, sanity, personal data, drift, freshness.

They look at the warehouse's published schemas before they are copied into a snapshot, and at the snapshot that is
published now. Keys, relationships and arithmetic of single models are dbt's tests.
"""
