"""What an audit says, in plain dataclasses, so that a caller needs no Great Expectations to read it.

Belongs here: the shape of a result and its text. Does not belong here: what is expected, and what a failure holds back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["critical", "warning"]

ROWS_KEPT = 20
ROWS_SHOWN = 3


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation and what was seen.

    Attributes:
        name: Unique in its audit and stable between nights, in snake_case.
        title: What is expected, in one sentence.
        table: Table that was looked at, as `schema.table`.
        column: Column that was looked at; None when the expectation is about the table.
        severity: `critical` holds the night back, `warning` does not.
        success: True when the expectation holds.
        observed: What was seen, as text.
        unexpected_count: How many rows break the expectation; 1 when a figure of the whole table does.
        rows: Up to `ROWS_KEPT` of them, as text; no column that holds personal data is ever read into them.
        reason: Why this is expected.
        docs: Page of the Data Docs that shows it.
    """

    name: str
    title: str
    table: str
    column: str | None
    severity: Severity
    success: bool
    observed: str
    unexpected_count: int
    rows: tuple[dict[str, str | None], ...]
    reason: str
    docs: Path


@dataclass(frozen=True)
class AuditResult:
    """Everything that one audit found; `seconds` is wall time."""

    suite: str
    results: tuple[ExpectationResult, ...]
    docs_index: Path
    seconds: float

    @property
    def failed(self) -> tuple[ExpectationResult, ...]:
        """The expectations that do not hold, warnings included."""
        return tuple(result for result in self.results if not result.success)

    @property
    def blocking(self) -> tuple[ExpectationResult, ...]:
        """The critical expectations that do not hold."""
        return tuple(result for result in self.failed if result.severity == "critical")

    @property
    def success(self) -> bool:
        """True when every critical expectation holds."""
        return not self.blocking

    def summary(self) -> str:
        """Return what a person needs to act on: the counts, then each failure with its first rows and its page."""
        lines = [f"{self.suite}: {len(self.results) - len(self.failed)} of {len(self.results)} expectations hold"]
        for result in sorted(self.failed, key=lambda failure: failure.severity):
            lines.append(
                f"  {result.severity}: {result.table}: {result.title} Seen: {result.observed}. [{result.name}]"
            )
            lines.extend(f"    {_text(row)}" for row in result.rows[:ROWS_SHOWN])
            if result.unexpected_count > ROWS_SHOWN:
                lines.append(f"    and {result.unexpected_count - ROWS_SHOWN} more: {result.docs}")
        return "\n".join(lines)


def _text(row: dict[str, str | None]) -> str:
    return ", ".join(f"{column}={value}" for column, value in row.items())
