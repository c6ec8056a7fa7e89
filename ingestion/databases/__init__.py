"""SQL databases of tills and other systems: tables and columns are mapped in YAML, rows land in the landing contract.

    [connectors.my_tills] -> Database (mapping, presets) -> steps (days to read) -> client (dlt sql_database, Arrow)
        -> the plan that files go through (map, convert, judge) -> compared with the lake -> lake, landing log

Belongs here: what is particular to a database. Does not belong here: conversion and quarantine (`ingestion.files`),
what a value means (the mapping).
"""
