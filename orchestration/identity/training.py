"""Fitting the identity model to a retailer's own records, and the report of it.

Belongs here: the whole of a training. Does not belong here: the model (`mixture`) and its file (`model_file`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.mixture import KINDS, Model
from orchestration.identity.model_file import write_model
from orchestration.identity.people import fit_people_model

# With fewer pairs the answers that are rare are not seen often enough; the model that comes with Evermart knows better.
LEAST_PAIRS: Final = 20_000
COLUMN_WIDTH: Final = 2 + max(len(kind) for kind in KINDS)


class TooFewRecordsError(Exception):
    """There are too few records to learn from."""


def train(connection: duckdb.DuckDBPyConnection, path: Path, as_of: dt.date) -> str:
    """Fit a model to all records of a warehouse, write it, and return a report for people.

    Raises:
        TooFewRecordsError: fewer than LEAST_PAIRS pairs of records have anything in common.
    """
    model = fit_people_model(connection)
    pairs = int(model.training["pairs"])
    if pairs < LEAST_PAIRS:
        raise TooFewRecordsError(
            f"Only {pairs:,} pairs of records have anything in common, of {LEAST_PAIRS:,} that a model needs; keep the"
            " model that comes with Evermart"
        )
    model = replace(model, training={**model.training, "as_of_date": as_of.isoformat()})
    version = write_model(model, path)
    return report(model, version)


def report(model: Model, version: str) -> str:
    """Return the model in words: the kinds of pairs, and how often each answer is given by a pair of each kind."""
    width = max(len(level.label) for comparison in COMPARISONS for level in comparison.levels) + 14
    lines = [
        f"Model {version}, fitted to {int(model.training['pairs']):,} pairs in {model.training['iterations']} steps.",
        "",
        f"{'':{width}}" + "".join(f"{kind:>{COLUMN_WIDTH}}" for kind in KINDS),
        f"{'share of the pairs':{width}}" + "".join(f"{share:{COLUMN_WIDTH}.4f}" for share in model.shares),
    ]
    for comparison in COMPARISONS:
        for level, row in zip(comparison.levels, model.answers[comparison.name], strict=True):
            label = f"{comparison.name}: {level.label}"
            lines.append(f"{label:{width}}" + "".join(f"{value:{COLUMN_WIDTH}.4f}" for value in row))
    return "\n".join(lines)
