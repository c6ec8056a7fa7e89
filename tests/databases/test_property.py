"""Random sales, edits, moves and deletions between random nights: the lake's latest state is the database's."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ingestion.databases import land as landing
from ingestion.databases import steps
from ingestion.databases.client import Client
from ingestion.errors import SourceUnavailableError
from tests.databases.conftest import Tills
from tests.databases.test_landing import MAPPING, TABLES, TODAY


class Till:
    """Does what cashiers, accountants and broken scripts do."""

    def __init__(self, tills: Tills, seed: int) -> None:
        self.tills, self.draw, self.last = tills, random.Random(seed), 0
        tills.run(*TABLES)
        tills.grant("shops", "receipts", "receipt_lines")
        tills.configure(MAPPING, more="reread_days = 30")

    def live(self) -> None:
        for _ in range(self.draw.randint(0, 12)):
            deed = self.draw.choice(["sell", "sell", "edit", "move", "delete", "take_out"])
            getattr(self, deed)()

    def sell(self, oldest: int = 29) -> None:
        again = self.last and self.draw.random() < 0.2
        key = self.draw.randint(1, self.last) if again else self.last + 1
        if again and self._rows(f"select id from receipts where id = {key}"):
            return
        self.last = max(self.last, key)
        at = self._time(oldest)
        self.tills.run(
            f"insert into receipts values ({key}, 1, 'paid', {self._money()}, '{at}', null)",
            *(
                f"insert into receipt_lines values ({key}, {line}, 'A', 1, {self._money()})"
                for line in range(1, self.draw.randint(2, 4))
            ),
        )

    def edit(self) -> None:
        oldest = f"{TODAY - dt.timedelta(days=28)}"
        self.tills.run(
            f"update receipts set total = {self._money()} where id = {self._some()} and sold_at > '{oldest}'"
        )

    def move(self) -> None:
        # Not a record from beyond the days that are read again: nobody would see it go.
        oldest = f"{TODAY - dt.timedelta(days=28)}"
        self.tills.run(
            f"update receipts set sold_at = '{self._time(28)}' where id = {self._some()} and sold_at > '{oldest}'"
        )

    def delete(self) -> None:
        key, oldest = self._some(), f"{TODAY - dt.timedelta(days=28)}"
        if self._rows(f"select id from receipts where id = {key} and sold_at > '{oldest}'"):
            self.tills.run(f"delete from receipt_lines where receipt = {key}", f"delete from receipts where id = {key}")

    def take_out(self) -> None:
        key, oldest = self._some(), f"{TODAY - dt.timedelta(days=28)}"
        if self._rows(f"select id from receipts where id = {key} and sold_at > '{oldest}'"):
            self.tills.run(f"delete from receipt_lines where receipt = {key} and position = 1")

    def sales(self) -> list[tuple[Any, ...]]:
        return sorted((str(key), Decimal(total)) for key, total in self._rows("select id, total from receipts"))

    def lines(self) -> list[tuple[Any, ...]]:
        rows = self._rows("select receipt, position, price from receipt_lines")
        return sorted((str(receipt), str(position), Decimal(price)) for receipt, position, price in rows)

    def _rows(self, sql: str) -> list[Any]:
        with self.tills.engine.connect() as connection:
            return list(connection.exec_driver_sql(sql).all())

    def _some(self) -> int:
        return self.draw.randint(1, max(self.last, 1))

    def _money(self) -> Decimal:
        return Decimal(self.draw.randint(1, 10**9)) / 100

    def _time(self, oldest: int) -> str:
        return f"{TODAY - dt.timedelta(days=self.draw.randint(0, oldest))} 12:{self.draw.randint(10, 59)}:00"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_lake_has_what_the_database_has(tills: Tills, seed: int) -> None:
    till = Till(tills, seed)
    for _ in range(20):
        till.sell(oldest=200)
    for _ in range(5):
        tills.land()
        assert tills.alive("sales", "sale_id, total_amount", "sale_id") == till.sales()
        assert tills.alive("sale_lines", "sale_id, line_id, unit_price", "sale_id, line_id") == till.lines()
        till.live()
    assert not tills.findings()


def test_a_first_load_that_breaks_off_goes_on_where_it_was(
    make_tills: Callable[..., Tills], postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = Till(make_tills(postgres), 3)
    for _ in range(40):
        till.sell(oldest=300)
    monkeypatch.setattr(landing, "LOAD_ROWS", 1)
    monkeypatch.setattr(steps, "LONGEST_SPAN", dt.timedelta(days=60))
    read, asked = Client.read, list[str]()

    def break_off(self: Client, entity: str, part: Any) -> Any:
        asked.append(entity)
        if len(asked) == 4:
            raise SourceUnavailableError("the till was switched off")
        yield from read(self, entity, part)

    monkeypatch.setattr(Client, "read", break_off)
    with pytest.raises(SourceUnavailableError, match="switched off"):
        till.tills.land()
    [(before,)] = till.tills.query("select count(*) from lake_pos.sales")
    assert 0 < before < len(till.sales())
    first = till.tills.land().entities["sales"].rows_landed
    assert before + first == len(till.sales()), "nothing that had landed lands again"
    assert till.tills.alive("sales", "sale_id, total_amount", "sale_id") == till.sales()
