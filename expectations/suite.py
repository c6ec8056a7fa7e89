"""How a suite is declared: which table, under which name, what is expected.

Belongs here: the pieces that every suite uses. Does not belong here: any expectation, and how they are run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Declared:
    """One expectation of a suite.

    Attributes:
        table: Table of the workspace that is queried.
        subject: Table that people know it by, as `schema.table`.
        name: Unique in the audit and stable between nights.
        expectation: The Great Expectations object; its `description` is the sentence people read, its `notes` the
            reason, its `severity` critical (holds the night back) or warning.
        column: Column that it is about, when the expectation does not name it itself.
    """

    table: str
    subject: str
    name: str
    expectation: Any
    column: str | None = None
