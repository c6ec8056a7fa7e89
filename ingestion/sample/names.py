"""The names and places that the sample's people are given: common ones, from `names.csv`, and of no real person.

Each row: country | list | forms. The forms of a given name are its own script, Latin, short in its own script, short
in Latin; of a family name a man's, a woman's, and both in Latin; of a city its own script, Latin, and the pattern of
its postal codes (# a digit, X a letter); of a street its own script and Latin, {} standing for the number.

Belongs here: reading the lists. Does not belong here: how a record writes a name (`records`).
"""

from __future__ import annotations

import csv
from importlib import resources
from typing import Final

from ingestion.sample.catalogue import COUNTRIES

Rows = list[list[str]]
_TEXT: Final = resources.files(__package__).joinpath("names.csv").read_text(encoding="utf-8")
_ROWS: Final = list(csv.reader(_TEXT.splitlines(), delimiter="|"))


def _lists(name: str) -> tuple[Rows, ...]:
    """Return one list per country, in the order of `COUNTRIES`."""
    return tuple([row[2:] for row in _ROWS if row[:2] == [country.code, name]] for country in COUNTRIES)


WOMEN: Final = _lists("women")
MEN: Final = _lists("men")
FAMILIES: Final = _lists("families")
CITIES: Final = _lists("cities")
STREETS: Final = _lists("streets")
