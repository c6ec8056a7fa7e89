"""Asking a database: what a table or query has, and its rows as Arrow batches through dlt's `sql_database` loader.

    probe (column types) -> SELECT of columns in a form that is read rightly -> ConnectorX, streamed -> Arrow batches

ConnectorX is the fastest of dlt's backends. It breaks off at values that its Arrow types cannot hold (decimals of many
digits, the date 0000-00-00, `infinity`), so such columns are asked for as text or guarded, and judged here.

Belongs here: connections, queries and errors as sentences. Does not belong here: which days are read (`steps`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import pyarrow as pa
import sqlalchemy as sa
from dlt.sources.sql_database.helpers import ConnectorXTableLoader

from ingestion.connectors.secrets import Secrets, secrets_of
from ingestion.databases.columns import SourceColumn, maria_columns, postgres_columns
from ingestion.databases.config import PORTS
from ingestion.databases.mapping import Database, TableMapping
from ingestion.databases.sentences import explain
from ingestion.errors import AccessRefusedError, IngestionError, SourceUnavailableError

BATCH_ROWS: Final = 100_000
CONNECT_SECONDS: Final = 10
PROBE_SECONDS: Final = 300
READ_SECONDS: Final = 3600
"""How long PostgreSQL may work at one read. ConnectorX itself waits for ever; MariaDB has a limit per user."""
_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}


@dataclass(frozen=True)
class Range:
    """Part of a table: by the day of its window column, `[first, last)`, or by its cursor from an instant on.

    No bound reads everything. Without `last`, rows whose window column is empty belong to it as well.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    changed_since: dt.datetime | None = None


class Client:
    """A connection to one database, for as long as a landing or a check takes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._secrets: Secrets = secrets_of(database.name, database.config.secrets)
        parts = urlsplit(database.config.url)
        self._host, self._port = str(parts.hostname), parts.port or PORTS[database.config.dialect]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._url = sa.URL.create(
            _DRIVERS[database.config.dialect], self._secrets["user"], self._secrets["password"], self._host,
            self._port, parts.path.strip("/"), query,
        )  # fmt: skip
        # One connection at a time, given back at once: a till's database has few to spare.
        self._engine = sa.create_engine(self._url, poolclass=sa.NullPool, connect_args=self._limits())
        self._columns: dict[str, tuple[SourceColumn, ...]] = {}

    def close(self) -> None:
        """Give back what is held."""
        self._engine.dispose()

    @cached_property
    def now(self) -> dt.datetime:
        """The time by the server's clock, in UTC."""
        sql = "select utc_timestamp(6)" if self._maria else "select now() at time zone 'UTC'"
        [(found,)] = self._ask(sql, "")
        return dt.datetime.fromisoformat(str(found)).replace(tzinfo=dt.UTC)

    def columns(self, entity: str) -> tuple[SourceColumn, ...]:
        """Return the columns of an entity's table or query.

        Raises:
            AccessRefusedError: it cannot be read, or lacks a column that the mapping reads.
        """
        if entity not in self._columns:
            table = self._database.tables[entity]
            found = self._probe(table, entity)
            names = {column.name.lower() for column in found}
            read = [*self._database.entities[entity].reads, table.window, table.cursor]
            if missing := [name for name in read if name and name.lower() not in names]:
                wanted = ", ".join(map(repr, missing))
                raise AccessRefusedError(
                    f"{self._database.name}: {entity}: the {table.name} has no column {wanted}; it has "
                    f"{', '.join(column.name for column in found)}; correct {self._database.mapping_path.name}"
                )
            self._columns[entity] = found
        return self._columns[entity]

    def days(self, entity: str) -> tuple[dt.date, dt.date] | None:
        """Return the first and last day of an entity's window column; None when there is no row."""
        table = self._database.tables[entity]
        window = self._quoted(str(table.window))
        [(first, last)] = self._ask(f"select min({window}), max({window}) from {table.relation}", entity)
        return (self._day(first), self._day(last)) if first and last else None

    def count(self, entity: str) -> int:
        """Return the number of rows of an entity."""
        [(found,)] = self._ask(f"select count(*) from {self._database.tables[entity].relation}", entity)
        return int(found)

    def read(self, entity: str, part: Range) -> Iterator[pa.Table]:
        """Yield the rows of a part of an entity's table, in batches; the columns are those of `columns`.

        Raises:
            SourceUnavailableError: the connection is lost, or a value cannot be read.
        """
        query = self._query(entity, part)
        name = self._database.tables[entity].name
        loader = ConnectorXTableLoader(
            self._engine, "connectorx", sa.Table("source_rows", sa.MetaData()), {}, BATCH_ROWS,
            query_adapter_callback=lambda _select, _table: sa.text(query),
        )  # fmt: skip
        options = {"return_type": "arrow_stream", "batch_size": BATCH_ROWS, "protocol": "binary"}
        rows = loader.load_rows(options | {"conn": self._plain_url})
        while True:
            try:
                batch = next(rows, None)
            except (RuntimeError, pa.ArrowException, ConnectionError) as error:
                raise self._broken(entity, name, error) from None
            except BaseException as error:
                if type(error).__name__ != "PanicException":  # ConnectorX's own, which no module names
                    raise
                raise self._broken(entity, name, error) from None
            if batch is None:
                return
            yield batch

    def _broken(self, entity: str, name: str, error: BaseException) -> IngestionError:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        text = f"{self._database.name}: {entity}: reading the {name} broke off: {said}"
        return SourceUnavailableError(self._secrets.strike(text))

    def _query(self, entity: str, part: Range) -> str:
        table = self._database.tables[entity]
        conditions = list[str]()
        if table.window:
            window = self._quoted(table.window)
            if part.first:
                above = f"{window} >= {self._literal(entity, table.window, part.first)}"
                conditions.append(above if part.last else f"({above} or {window} is null)")
            if part.last:
                conditions.append(f"{window} < {self._literal(entity, table.window, part.last)}")
        if table.cursor and part.changed_since:
            conditions.append(
                f"{self._quoted(table.cursor)} >= {self._literal(entity, table.cursor, part.changed_since)}"
            )
        listed = ", ".join(
            f"{column.expression(self._quoted(column.name))} as {self._quoted(column.name)}"
            for column in self.columns(entity)
            if column.expression
        )
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return f"select {listed} from {table.relation}{where}"

    def _literal(self, entity: str, name: str, bound: dt.date | dt.datetime) -> str:
        """Return an instant or the beginning of a day as the column tells time."""
        zone = self._database.system.zone
        column = next(column for column in self.columns(entity) if column.name.lower() == name.lower())
        moment = bound if isinstance(bound, dt.datetime) else dt.datetime.combine(bound, dt.time(), zone)
        if column.kind == "date":
            return f"'{moment.astimezone(zone):%Y-%m-%d}'"
        if column.kind == "instant":
            return f"'{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}+00'"
        return f"'{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}'"

    def _day(self, value: Any) -> dt.date:  # noqa: ANN401
        if isinstance(value, dt.datetime):
            return value.astimezone(self._database.system.zone).date() if value.tzinfo else value.date()
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])

    def _probe(self, table: TableMapping, entity: str) -> tuple[SourceColumn, ...]:
        with self._connected(entity) as connection:
            found = connection.exec_driver_sql(f"select * from {table.relation} where 1 = 0")
            cursor: Any = found.cursor
            return maria_columns(cursor) if self._maria else postgres_columns(cursor)

    def _ask(self, sql: str, entity: str) -> list[Any]:
        with self._connected(entity) as connection:
            return list(connection.exec_driver_sql(sql).fetchall())

    @contextmanager
    def _connected(self, entity: str) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, OSError, RuntimeError) as error:
            where = f"{entity}: " if entity else ""
            table = self._database.tables[entity].name if entity else "database"
            refused, said = explain(error, f"{self._host}:{self._port}", str(self._url.database), table)
            kind = AccessRefusedError if refused else SourceUnavailableError
            raise kind(self._secrets.strike(f"{self._database.name}: {where}{said}")) from None

    def _limits(self) -> dict[str, Any]:
        if self._database.config.dialect == "mariadb":
            return {"connect_timeout": CONNECT_SECONDS, "read_timeout": PROBE_SECONDS}
        return {"connect_timeout": CONNECT_SECONDS, "options": _server_options(PROBE_SECONDS)}

    @property
    def _maria(self) -> bool:
        return self._database.config.dialect == "mariadb"

    @property
    def _plain_url(self) -> str:
        url = self._url.set(drivername="mysql" if self._maria else "postgresql").render_as_string(hide_password=False)
        if self._maria:
            return url
        return f"{url}{'&' if self._url.query else '?'}options={quote(_server_options(READ_SECONDS))}"

    def _quoted(self, name: str) -> str:
        return f"`{name}`" if self._maria else f'"{name}"'


def _server_options(seconds: int) -> str:
    return f"-c statement_timeout={seconds * 1000} -c default_transaction_read_only=on"
