"""Ingestion: dlt sources, the landing contract, the lake. Knows nothing of Dagster."""
