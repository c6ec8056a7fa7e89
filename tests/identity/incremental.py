"""An incremental model as the nights run it, without dbt: what it forgets first, and what it appends.

Belongs here: running the SQL of the project's own macros. Does not belong here: any assertion.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb

from tests.identity.standardise import PROJECT, VARIABLES, render

RULES = VARIABLES["rules_digest"]


@cache
def render_file(path: str, this: str, rules: str, is_incremental: bool) -> str:
    """Return the SQL of a model; `rules` stands for the digest of the project's files."""
    variables = VARIABLES | {"rules_digest": rules}
    text = (PROJECT / "models" / path).read_text(encoding="utf-8")
    return render(text, this=this, is_incremental=lambda: is_incremental, var=variables.__getitem__)


class IncrementalModel:
    """A model that is computed anew for the keys whose input digest is another one than before, as a table."""

    def __init__(self, path: str, digests: str, key: str) -> None:
        """Name the files, below `models`, of the model and of its digests, and the key of both."""
        self.path, self.digests_path = path, digests
        self.name, self.digests, self.key = Path(path).stem, Path(digests).stem, key

    def run(self, connection: duckdb.DuckDBPyConnection, rules: str = RULES, *, is_killed: bool = False) -> int:
        """Run the model as a night does, after its digests, and return how many rows were appended.

        A night that is killed ends when the model has forgotten what changed.
        """
        digests = render_file(self.digests_path, self.digests, rules, False)
        connection.execute(f"create or replace table {self.digests} as {digests}")
        if not connection.execute("select 1 from duckdb_tables() where table_name = $1", [self.name]).fetchall():
            connection.execute(f"create table {self.name} as {self.whole(rules)}")
            return self._size(connection)
        connection.execute(self._hook())
        kept = self._size(connection)
        if not is_killed:
            select = render_file(self.path, self.name, rules, True)
            connection.execute(f"insert into {self.name} by name {select}")
        return self._size(connection) - kept

    def whole(self, rules: str = RULES) -> str:
        """Return the SQL that a full refresh builds the model with, from the digests that are there."""
        return render_file(self.path, self.name, rules, False)

    def _hook(self) -> str:
        return render(
            f"{{{{ default__forget_changed_keys('{self.name}', '{self.digests}', '{self.key}', true) }}}}",
        )

    def _size(self, connection: duckdb.DuckDBPyConnection) -> int:
        ((size,),) = connection.execute(f"select count(*) from {self.name}").fetchall()
        return int(size)
