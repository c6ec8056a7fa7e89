"""What a person has decided about two records: that they must be linked, or that they cannot be.

Belongs here: finding decisions that contradict each other. Does not belong here: where decisions are written (the seeds
`identity_must_link` and `identity_cannot_link`), and that their records exist (a dbt test).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Final, NamedTuple

MUST_LINK: Final = "must_link"
FILES: Final = {
    "must_link": "seeds/rules/identity_must_link.csv",
    "cannot_link": "seeds/rules/identity_cannot_link.csv",
}


class Decision(NamedTuple):
    """A row of one of the two seeds. `row_text` names its records as the row does, card numbers shortened."""

    decision: str
    record_key_a: str
    record_key_b: str
    row_text: str


def refuse_contradictions(decisions: Iterable[Decision]) -> None:
    """Raise when two records must be linked, directly or through others, and cannot be.

    Raises:
        ValueError: names the rows of both files that contradict each other, and what to do.
    """
    must: defaultdict[str, list[tuple[str, Decision]]] = defaultdict(list)
    cannot: list[Decision] = []
    for row in sorted(decisions):
        if row.decision == MUST_LINK:
            must[row.record_key_a].append((row.record_key_b, row))
            must[row.record_key_b].append((row.record_key_a, row))
        else:
            cannot.append(row)
    problems = [
        f"  {FILES['cannot_link']}: {row.row_text}\n"
        + "\n".join(f"    but {FILES['must_link']}: {step.row_text}" for step in chain)
        for row in cannot
        if (chain := _chain(must, row.record_key_a, row.record_key_b))
    ]
    if problems:
        raise ValueError(
            "Records that cannot be linked must be linked; take one of the rows out (or let it begin later):\n"
            + "\n".join(problems)
        )


def _chain(must: defaultdict[str, list[tuple[str, Decision]]], start: str, end: str) -> list[Decision]:
    """Return the rows of the shortest chain of must-links from one record to the other; none when there is no chain."""
    came_by: dict[str, tuple[str, Decision]] = {}
    waiting = deque([start])
    while waiting and end not in came_by:
        at = waiting.popleft()
        for other, row in must.get(at, []):
            if other != start and other not in came_by:
                came_by[other] = (at, row)
                waiting.append(other)
    chain: list[Decision] = []
    at = end
    while at in came_by:
        at, row = came_by[at]
        chain.append(row)
    return chain[::-1]
