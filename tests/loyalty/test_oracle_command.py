"""The oracle as a command: what it prints, how it exits, and what it says of broken input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.loyalty import oracle
from tests.loyalty.comparison import TABLES, Difference
from tests.loyalty.drawing import draw_worlds
from tests.loyalty.event_file import read_events
from tests.loyalty.history_strategies import worlds
from tests.loyalty.packing import pack
from tests.loyalty.tables_file import InvalidInput
from tests.loyalty.warehouse import Compiled, Warehouse

EXAMPLES = Path(__file__).parent / "examples"


@pytest.fixture(autouse=True)
def compiled_once(compiled_loyalty: Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "compile_models", lambda folder: compiled_loyalty)


def ask(programme: Path = EXAMPLES / "programme", events: Path = EXAMPLES / "events.csv", *more: str) -> Result:
    return CliRunner().invoke(oracle.main, ["--programme", str(programme), "--events", str(events), *more])


def test_the_example_is_equal_and_shows_its_rows() -> None:
    result = ask(EXAMPLES / "programme", EXAMPLES / "events.csv", "--show")
    assert result.exit_code == oracle.EQUAL, result.output
    assert "redeem_reversal:e1" in result.output
    assert "As of 2026-03-21" in result.output


def test_json_lines_say_the_same_as_csv() -> None:
    assert read_events(EXAMPLES / "events.jsonl") == read_events(EXAMPLES / "events.csv")


def test_what_differs_is_printed_and_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("club", "ada", "earn:l1", *[None] * (len(TABLES["ledger"][1]) - 3))
    monkeypatch.setattr(oracle, "compare", lambda warehouse, world: [Difference("ledger", "SQL", row)])
    result = ask()
    assert result.exit_code == oracle.DIFFERENT
    assert "earn:l1" in result.output


def test_a_broken_rule_is_told_as_the_night_tells_it(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "programme", tmp_path / "programme")
    tiers = folder / "loyalty_tier.csv"
    tiers.write_text(tiers.read_text().replace("silver,Silver,300,250", "silver,Silver,300,350"))
    result = ask(folder)
    assert result.exit_code == oracle.INVALID
    assert "silver" in result.output
    assert "maintain_threshold must not be above entry_threshold" in result.output


def test_a_value_of_the_wrong_type_is_told_with_file_row_field_and_remedy(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "programme", tmp_path / "programme")
    programme = folder / "loyalty_programme.csv"
    programme.write_text(programme.read_text().replace("2026-03-01", "1 March"))
    result = ask(folder)
    assert result.exit_code == oracle.INVALID
    assert "loyalty_programme.csv, row 3, valid_from = 1 March: write a date such as 2024-02-29" in result.output


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"event": "sale"}, "row 1, event = sale: write one of: join"),
        ({"event": "bonus", "customer_id": "a", "key": "e"}, "row 1, points = (empty): write a whole number"),
        ({"event": "bonus", "customer_id": "a", "key": "e", "points": -5}, "row 1, points = -5: write more than 0"),
        ({"event": "refund_line", "key": "r", "order_line_key": "x", "amount": 1}, "order_line_key = x: no order_line"),
        ({"event": "join", "customer_id": "a", "at": "noon"}, "at = noon: write an instant in UTC"),
        ({"event": "join", "customer_id": "a", "colour": "red"}, "row 1, colour: no such column"),
        (
            {"event": "order_line", "customer_id": "a", "key": "l", "order_key": "o", "gross_amount": "1.00001"},
            "gross_amount = 1.00001: write a number with at most 4 decimals",
        ),
    ],
)
def test_broken_events_are_told_with_row_field_and_remedy(tmp_path: Path, row: dict[str, object], message: str) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps({"at": "2024-02-01T10:00:00"} | row))
    with pytest.raises(InvalidInput) as error:
        read_events(events)
    assert message in str(error.value)


def test_lines_of_one_order_have_to_agree_and_keys_not_to_repeat(tmp_path: Path) -> None:
    line = {"event": "order_line", "at": "2024-02-01T10:00:00", "customer_id": "a", "order_key": "o", "gross_amount": 1}
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps(line | more) for more in ({"key": "l"}, {"key": "l"})))
    with pytest.raises(InvalidInput, match="row 2, key = l: row 1 has it as well"):
        read_events(events)
    events.write_text("\n".join(json.dumps(line | more) for more in ({"key": "l"}, {"key": "m", "channel": "online"})))
    with pytest.raises(InvalidInput, match="row 2, channel = online: row 1 of the same order says otherwise"):
        read_events(events)


def test_an_account_may_quote_a_card_of_the_file(tmp_path: Path) -> None:
    card = {"event": "join", "at": "2024-02-01T10:00:00", "customer_id": "a", "key": "7"}
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps(card | more) for more in ({}, {"record_type": "eshop_account"})))
    assert [card.number for card in read_events(events).cards] == ["7", "7"]


def test_merges_are_followed_through_chains(tmp_path: Path) -> None:
    at = "2024-02-0{}T10:00:00"
    rows = [
        {"event": "merge", "at": at.format(2), "customer_id": "b", "into_customer_id": "c"},
        {"event": "merge", "at": at.format(1), "customer_id": "a", "into_customer_id": "b"},
        *({"event": "join", "at": at.format(1), "customer_id": person} for person in "abc"),
    ]
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps(row) for row in rows))
    assert {card.customer for card in read_events(events).cards} == {"c"}


def test_the_rules_that_are_drawn_are_rules_that_a_night_accepts(compiled_loyalty: Compiled) -> None:
    assert Warehouse(compiled_loyalty).broken_rules(pack(draw_worlds(worlds(), 60, 2))) == []
