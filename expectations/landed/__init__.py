"""Suites on what has landed, one system at a time: volume, freshness, time, contract, amounts, versions.

They look at the whole landed state and not at the newest load, so that a failure persists until it is mended; and at
the newest version of each record, so that a corrected record counts as mended.
"""
