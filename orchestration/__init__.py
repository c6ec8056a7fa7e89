"""Dagster: assets, checks, jobs, schedules and resources; thin."""
