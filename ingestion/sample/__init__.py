"""The built-in sample retailer: an e-shop, tills, surveys, a help desk and a former points engine, all of it generated.

    people -> visits -> baskets -> outcomes, tender, feedback, contacts
        -> webshop, tills, voice, care, bonus (files) and truth
    stories (four cards by hand) -> tills and truth

Belongs here: a believable retailer, and the dirt of real life, from a seed. Does not belong here: anything that the
pipeline does with the files; it reads them through `mappings/` as it would anybody's.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Final

from ingestion.sample.build import build_sample
from ingestion.settings import Settings

GENERATOR_VERSION: Final = 6
MANIFEST: Final = "manifest.json"


def ensure_sample(settings: Settings) -> Path:
    """Return the folder of the sample's files, generated if it is missing or was made from other settings.

    The folder appears whole or not at all: it is built beside its place and renamed.
    """
    folder = settings.sample_path
    wanted = {
        "generator_version": GENERATOR_VERSION,
        "seed": settings.sample.seed,
        "scale": settings.sample.scale,
        "end_date": settings.sample.end_date.isoformat(),
    }
    if _made_from(folder) == wanted:
        return folder
    building = folder.with_name(f"{folder.name}.building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        build_sample(building, settings.sample.seed, settings.sample.scale, settings.sample.end_date)
        (building / MANIFEST).write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        _replace(folder, building)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder


def _made_from(folder: Path) -> object:
    manifest = folder / MANIFEST
    return json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else None


def _replace(folder: Path, building: Path) -> None:
    old = folder.with_name(f"{folder.name}.old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    building.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
