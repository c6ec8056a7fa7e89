"""Dagster's SQLite event log, which keeps its connections open instead of opening a new one for every event.

A night writes an event for every table, check and step; opening SQLite for each takes longer than the checks
themselves. Named in `dagster.yaml`. Belongs here: the connections. Does not belong here: what is stored.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS: Final = 60
ENGINES_KEPT: Final = 8  # one per run that is looked at, and the index: a webserver looks at many


class PooledEventLog(SqliteEventLogStorage):
    """The event log of `DAGSTER_HOME`, with one open connection per process and file."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> PooledEventLog:  # noqa: ANN401
        """Return the storage that `dagster.yaml` configures."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()

    def _engine(self, shard: str) -> Engine:
        # By process, too: a connection must not be used on the other side of a fork.
        key = (os.getpid(), shard)
        if key not in self._engines:
            self._engines[key] = _create_engine(self.conn_string_for_shard(shard))
        self._engines.move_to_end(key)
        while len(self._engines) > ENGINES_KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[key]

    @property
    def _engines(self) -> OrderedDict[tuple[int, str], Engine]:
        engines: OrderedDict[tuple[int, str], Engine] = self.__dict__.setdefault("_open_engines", OrderedDict())
        return engines


def _create_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=1, max_overflow=2, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:  # noqa: ANN401  (SQLAlchemy's hook)
        # In WAL mode this never corrupts; a power cut may lose the newest lines of the log, which is not the data.
        connection.execute("pragma synchronous = normal")

    return engine
