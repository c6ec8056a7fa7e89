"""What a database lets us read, without landing anything: rows, first and last day, what is missing.

Belongs here: the questions. Does not belong here: how the answers are shown (`ingestion.check`,
`orchestration.landing_checks`).
"""

from __future__ import annotations

from ingestion.connectors.access import Access, TableAccess
from ingestion.databases.client import Client
from ingestion.databases.mapping import Database
from ingestion.errors import AccessRefusedError, IngestionError


def check_database(database: Database) -> Access:
    """Ask the database for what may be read of every entity."""
    found = list[TableAccess]()
    try:
        client = Client(database)
        try:
            _ = client.now  # whether it lets us in at all, before any table
            found = [_check(client, database, entity) for entity in database.entities]
        finally:
            client.close()
    except IngestionError as error:
        return Access(problem=str(error))
    return Access(tuple(found))


def _check(client: Client, database: Database, entity: str) -> TableAccess:
    try:
        client.columns(entity)
        count = client.count(entity)
        days = client.days(entity) if database.tables[entity].window else None
    except AccessRefusedError as error:
        return TableAccess(entity, problem=str(error))
    first, last = days or (None, None)
    return TableAccess(entity, count, str(first) if first else None, str(last) if last else None)
