"""The SQLAlchemy dialect through which Great Expectations reads DuckDB: `duckdb+gx:///<path>`.

Great Expectations fetches the rows of a query after it has returned its connection to the pool, and the rollback
that comes with the return empties the result. Audits only read, so nothing is lost by never rolling back.

Belongs here: that one difference. Does not belong here: where the data is and what is expected of it.
"""

from __future__ import annotations

from typing import Final

import duckdb
from duckdb_engine import ConnectionWrapper
from duckdb_engine import Dialect as DuckDBDialect
from sqlalchemy.dialects import registry

NAME: Final = "duckdb.gx"


class Dialect(DuckDBDialect):
    """DuckDB's dialect in autocommit."""

    supports_statement_cache = True

    def connect(self, *_: object, **parameters: object) -> ConnectionWrapper:  # type: ignore[override]
        """Connect without a user agent of its own, which would be refused beside the audit's open connection."""
        return ConnectionWrapper(duckdb.connect(str(parameters["database"])))

    def do_begin(self, dbapi_connection: object) -> None:
        """Begin nothing: every statement stands for itself."""

    def do_commit(self, dbapi_connection: object) -> None:
        """Commit nothing."""

    def do_rollback(self, dbapi_connection: object) -> None:
        """Leave results that are still to be fetched alone."""


def register() -> None:
    """Make `duckdb+gx` known to SQLAlchemy."""
    registry.register(NAME, __name__, Dialect.__name__)
