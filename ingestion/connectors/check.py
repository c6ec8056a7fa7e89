"""What a connector may read, without landing anything: records, oldest, newest, what is missing, what it will cost.

Belongs here: the questions. Does not belong here: how the answers are shown (`ingestion.check`,
`orchestration.landing_checks`).
"""

from __future__ import annotations

from ingestion.connectors.access import Access, TableAccess
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import Limits
from ingestion.connectors.readers import open_reader
from ingestion.errors import AccessRefusedError, IngestionError


def check_connector(connector: Connector) -> Access:
    """Ask the system for what may be read of every table, in few calls."""
    found = list[TableAccess]()
    try:
        with open_reader(connector, Limits(attempts=3, total_seconds=60, longest_wait=20)) as reader:
            for table in connector.entities:
                try:
                    count = reader.count(table)
                except AccessRefusedError as error:
                    found.append(TableAccess(table, problem=str(error)))
                else:
                    span = (count.records, count.oldest, count.newest, count.calls)
                    found.append(TableAccess(table, *span, note=count.note))
    except IngestionError as error:
        return Access(problem=str(error))
    return Access(tuple(found))
