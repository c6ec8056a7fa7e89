"""The identity model as a JSON file, with the report of its training.

Belongs here: reading, checking and writing the file. Does not belong here: fitting (`mixture`).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.mixture import KINDS, Model

SHIPPED: Final = Path(__file__).with_name("model.json")
FORMAT: Final = 3
TOLERANCE: Final = 1e-3


def write_model(model: Model, path: Path) -> str:
    """Write a model, replacing the file whole, and return its version (a digest of its numbers)."""
    numbers = {
        "shares": dict(zip(KINDS, model.shares, strict=True)),
        "namesake_doublings": model.namesake_doublings,
        "area_doublings": model.area_doublings,
        "answers": {
            comparison.name: {
                level.label: {kind: round(float(value), 8) for kind, value in zip(KINDS, row, strict=True)}
                for level, row in zip(comparison.levels, model.answers[comparison.name], strict=True)
            }
            for comparison in COMPARISONS
        },
    }
    version = hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:12]
    document = {"format": FORMAT, "version": version, **numbers, "training": dict(model.training)}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
    return version


def read_model(path: Path | None = None) -> Model:
    """Read a model; the one that comes with Evermart, when no path is given.

    Raises:
        ValueError: the file is no model of these comparisons; the message names the file and the remedy.
    """
    path = path or SHIPPED
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _model(document)
    except FileNotFoundError:
        raise ValueError(
            f"{path}: the identity model is not there; correct [identity] model in evermart.toml, or leave"
            " it out for the model that comes with Evermart"
        ) from None
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is no identity model for these comparisons ({error}); train it anew with `make train-identity`"
        ) from error


def _model(document: dict[str, Any]) -> Model:
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']}, expected {FORMAT}")
    answers = {}
    for comparison in COMPARISONS:
        table = document["answers"][comparison.name]
        labels = [level.label for level in comparison.levels]
        if set(table) != set(labels):
            raise ValueError(f"{comparison.name} has other answers: {', '.join(sorted(table))}")
        rows = np.asarray([[table[label][kind] for kind in KINDS] for label in labels], dtype=np.float64)
        if not _are_probabilities(rows):
            raise ValueError(f"the probabilities of {comparison.name} do not add up to 1, or one is not above 0")
        answers[comparison.name] = rows
    shares = tuple(float(document["shares"][kind]) for kind in KINDS)
    if not _are_probabilities(np.asarray(shares)):
        raise ValueError("the shares do not add up to 1, or one is not above 0")
    namesakes, area = float(document["namesake_doublings"]), float(document["area_doublings"])
    if not np.isfinite([namesakes, area]).all():
        raise ValueError(f"the doublings {namesakes} and {area} are no finite numbers")
    return Model(
        shares,
        answers,
        namesakes,
        area,
        {**document.get("training", {}), "version": document["version"]},
    )


def _are_probabilities(columns: NDArray[np.float64]) -> bool:
    # What is not a number is neither above 0 nor near 1.
    return bool((columns > 0).all() and (np.abs(columns.sum(axis=0) - 1) <= TOLERANCE).all())
