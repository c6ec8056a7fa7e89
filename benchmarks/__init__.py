"""Benchmarks: what a night costs, and what it costs beside plain DuckDB SQL that does the same work.

Belongs here: measuring. Does not belong here: tests; nothing here passes or fails.
"""
