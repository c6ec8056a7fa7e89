"""What a system lets us read, as a check has found it.

Belongs here: the answer, light enough for the asset graph to import. Does not belong here: asking (`check`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableAccess:
    """What is known of one table.

    `problem` says why it cannot be read, and what to do; `note` what is left out of a table that can be read.
    """

    table: str
    records: int | None = None
    oldest: str | None = None
    newest: str | None = None
    calls: int = 0
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Access:
    """What is known of one system. `problem` is about the whole of it; then there are no tables."""

    tables: tuple[TableAccess, ...] = ()
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """True when every table can be read."""
        return self.problem is None and not any(table.problem for table in self.tables)

    @property
    def problems(self) -> list[str]:
        """Every problem, one sentence each."""
        found = [self.problem, *(table.problem for table in self.tables)]
        return list(dict.fromkeys(problem for problem in found if problem))

    @property
    def calls(self) -> int:
        """Calls of a first load, without those for children."""
        return sum(table.calls for table in self.tables)
