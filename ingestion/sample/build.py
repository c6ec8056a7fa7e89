"""Building the sample's folder: chunk after chunk into the systems' files and the truth, in flat memory.

Belongs here: the order of the work and the files that are not made of chunks. Does not belong here: when the work is
needed (`ingestion.sample`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.sample import bonus, care, tills, voice, webshop
from ingestion.sample.catalogue import STORES, price_table, products
from ingestion.sample.chunk import PEOPLE_PER_CHUNK, draw_chunk, load_chunk, open_workshop
from ingestion.sample.draws import Draws
from ingestion.sample.exports import Files
from ingestion.sample.feedback import QUESTIONS, SURVEYS
from ingestion.sample.period import DAILY_DAYS, ZONE, Period
from ingestion.sample.story_tables import load_stories, write_truth
from ingestion.sample.truth import Truth

PEOPLE_AT_SCALE_1: Final = 5_000


def build_sample(folder: Path, seed: int, scale: float, end_date: dt.date) -> None:
    """Write every file of the sample below `folder`."""
    draws, period = Draws(seed), Period(end_date)
    people = max(round(PEOPLE_AT_SCALE_1 * scale), 1)
    systems = Systems(folder, period)
    systems.write_lists()
    connection = open_workshop(period)
    truth = Truth(folder / "truth")
    try:
        for number in range(-(-people // PEOPLE_PER_CHUNK)):
            load_chunk(connection, draws, period, draw_chunk(draws, period, number, people))
            systems.write_chunk(connection, number)
            truth.add(connection)
        load_stories(connection, period)
        systems.write_stories(connection, number + 1)
        truth.add(connection)
        write_truth(folder / "truth", period)
    finally:
        connection.close()
    truth.close({name: files.rows for name, files in systems.files.items()})
    digest = hashlib.sha256(f"{seed}:{scale}:{end_date}".encode()).digest()
    for files in systems.files.values():
        files.stamp(int.from_bytes(digest[:2], "big") % 900)


class Systems:
    """The files of the systems."""

    def __init__(self, folder: Path, period: Period) -> None:
        self._folder, self._period, self._part = folder, period, 0
        last = DAILY_DAYS - 1
        self.files: Final[dict[str, Files]] = {
            "webshop": Files(folder / "webshop", "jsonl", self._jsonl, self._night, last_daily=last),
            "tills": Files(folder / "tills", "csv", self._drop, self._night, tills.ENCODING, ";", last_daily=last),
            "voice": Files(folder / "voice", "csv", self._monthly, self._month_end, voice.ENCODING),
            "care": Files(folder / "care", "jsonl", self._monthly_lines, self._month_end, care.ENCODING),
            "bonus": Files(folder / "bonus", "csv", self._whole, self._last_evening, bonus.ENCODING),
        }

    def write_chunk(self, connection: duckdb.DuckDBPyConnection, number: int) -> None:
        """Append what a chunk adds."""
        self._part = number
        for name, exports in (
            ("webshop", webshop.exports()),
            ("tills", tills.exports()),
            ("voice", voice.exports()),
            ("care", care.exports()),
            ("bonus", bonus.exports()),
        ):
            for export in exports:
                self.files[name].write(connection, export)
        table = connection.sql(voice.reviews()).to_arrow_table()
        bad_rows = table.filter(pc.equal(table["stars"], 0)).num_rows
        self._parquet("voice", "reviews", table, f"reviews/reviews-{number:04}.parquet", bad_rows)

    def write_stories(self, connection: duckdb.DuckDBPyConnection, number: int) -> None:
        """Append what the stories add, which all happened at the tills."""
        self._part = number
        for export in (*tills.exports(), tills.loyalty_events()):
            self.files["tills"].write(connection, export)

    def write_lists(self) -> None:
        """Write what is the same in every chunk: products, stores, surveys and their questions."""
        self._parquet("webshop", "products", self._products(), "products/products.parquet")
        stores = [["FilialNr", "Name", "Ort", "Land", "Eroeffnet", "Geschlossen", "Stand"]]
        countries = ("GR", "HU", "RO", "SE", "GB")
        for store in STORES:
            opened = dt.date.fromisoformat(store.opened_on).strftime("%d.%m.%Y")
            stores.append(
                [store.code, store.name, store.city, countries[store.country], opened, "", f"{opened} 09:00:00"]
            )
        self._csv("tills", "stores", "stores.csv", stores, ";", tills.ENCODING)
        began = f"{self._period.first_date - dt.timedelta(days=30):%d/%m/%Y} 08:00:00"
        surveys = [["survey", "title", "channel", "created"], *([*survey, began] for survey in SURVEYS)]
        self._csv("voice", "surveys", "surveys.csv", surveys, ",", voice.ENCODING)
        questions = [["survey", "question", "position", "metric", "from", "to", "words"]]
        for survey, code, metric, low, high, words in QUESTIONS:
            bounds = ["" if bound is None else str(bound) for bound in (low, high)]
            questions.append([SURVEYS[survey][0], code, code[1:], metric, *bounds, words])
        self._csv("voice", "questions", "questions.csv", questions, ",", voice.ENCODING)

    def _products(self) -> pa.Table:
        last = len(set(self._period.year_of_day.tolist())) - 1
        changed = dt.datetime(self._period.end_date.year, 1, 1, 6)
        rows = [
            {
                "code": f"P{100 + number}",
                "sku": product.sku,
                "title": product.name,
                "group": product.category,
                "maker": product.brand or None,
                "usage": product.product_type,
                "price_cents": int(price),
                "listed": dt.datetime(2019, 1, 1 + number % 28, 9),
                "modified": changed,
            }
            for number, (product, price) in enumerate(zip(products(), price_table(last + 1)[last, 0], strict=True))
        ]
        return pa.Table.from_pylist(rows)

    def _csv(self, system: str, entity: str, path: str, rows: list[list[Any]], delimiter: str, encoding: str) -> None:
        file = self._folder / system / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes("".join(delimiter.join(row) + "\n" for row in rows).encode(encoding))
        self.files[system].add(file, entity, len(rows) - 1, self._night(-1))

    def _parquet(self, system: str, entity: str, table: pa.Table, path: str, bad_rows: int = 0) -> None:
        file = self._folder / system / path
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, compression="zstd")
        self.files[system].add(file, entity, table.num_rows, self._night(-1), bad_rows)

    def _jsonl(self, entity: str, export: int) -> str:
        return self._daily(entity, export, "jsonl")

    def _drop(self, entity: str, export: int) -> str:
        return self._daily(entity, export, "csv")

    def _daily(self, entity: str, export: int, suffix: str) -> str:
        if export < 0:
            return f"history/{entity}-{self._part:04}.{suffix}"
        return f"daily/{self._period.date(self._period.first_daily + export)}/{entity}.{suffix}"

    def _whole(self, entity: str, _: int) -> str:
        return f"{entity}-{self._part:04}.csv"

    def _last_evening(self, _: int) -> dt.datetime:
        return dt.datetime.combine(bonus.last_day(self._period), dt.time(23, 50), ZONE)

    def _night(self, export: int) -> dt.datetime:
        day = self._period.date(self._period.first_daily + max(export, -1))
        return dt.datetime.combine(day, dt.time(23, 30), ZONE)

    def _month(self, export: int) -> tuple[int, int]:
        return self._period.first_date.year + (export - 1) // 12, (export - 1) % 12 + 1

    def _monthly(self, entity: str, export: int) -> str:
        year, month = self._month(export)
        return f"{year}-{month:02}/{entity}.csv"

    def _monthly_lines(self, entity: str, export: int) -> str:
        year, month = self._month(export)
        return f"{year}-{month:02}/{entity}.jsonl"

    def _month_end(self, export: int) -> dt.datetime:
        year, month = self._month(export)
        last = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
        return dt.datetime.combine(min(last, self._period.end_date), dt.time(23, 45), ZONE)
