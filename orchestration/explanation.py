"""What `evermart explain` and `evermart review` print, from the private warehouse and on the terminal alone.

The values are personal data: they are neither logged nor written anywhere. Belongs here: text and JSON. Does not belong
here: why two records are one person (`orchestration.identity.explain`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.identity.explain import Explanation, PairView, Verdict

NOTE: Final = "These are values of persons, from the private warehouse: keep them on this terminal."
SENTENCES: Final[dict[Verdict, str]] = {
    "same_record": "One record: both names mean the same one.",
    "linked": "One person.",
    "held_apart": "Not one person: a row of identity_cannot_link.csv holds them apart.",
    "refused": "Not one person: they are alike, but something speaks against it: {because}.",
    "below_threshold": "Not one person: they were compared, and the score {score:.3f} is below {threshold:.3f}.",
    "never_compared": "Not one person: they share no identifier and nothing else by which records are compared.",
    "identifies_nobody": "Not one person: one of the records gives nothing by which a person could be told.",
}
FACTS: Final = {
    "birth_date": "different birth dates",
    "gender": "different genders",
    "given_name": "given names of two people",
    "living_cards": "two cards in use under different names",
    "unlikely": "what is known of the two customers makes it unlikely",
    "other": "what was known of the two customers when they were compared",
}
QUEUE: Final = """
    select review_rank, question, suggestion, seed_row, link_rule, link_score, stake_amount_reporting,
        reporting_currency_code, left(record_key_a, 12), left(record_key_b, 12)
    from personal.identity_review_queue order by review_rank limit $limit
"""


class NoWarehouseError(Exception):
    """There is nothing to explain yet, or a night has the warehouse."""


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the private warehouse for reading.

    Raises:
        NoWarehouseError: it does not exist, identity has not run in it, or another process is writing it.
    """
    if not path.is_file():
        raise NoWarehouseError(f"There is no warehouse at {path}. Run `make nightly` first.")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
    except duckdb.IOException as error:
        raise NoWarehouseError(f"The warehouse is in use (a night?); try again when it is done. {error}") from error
    except duckdb.CatalogException as error:
        raise NoWarehouseError(f"Identity has not run in this warehouse; run `make nightly`. {error}") from error


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print the verdict, the two records side by side, and what speaks for it."""
    console.print(_sentence(explanation), style="bold", soft_wrap=True, markup=False)
    console.print(_records(explanation))
    labels = {"a": explanation.a.customer_record_key, "b": explanation.b.customer_record_key}
    names = {key: name.upper() for name, key in labels.items()}
    names |= {key: f"{view.source}" for key, view in explanation.others.items()}
    for pair in explanation.pairs:
        console.print(_heading(pair, names), markup=False, soft_wrap=True)
        console.print(_contributions(pair))
    for row in explanation.decisions:
        console.print(f"A person has decided: {row}", markup=False, soft_wrap=True)
    console.print(NOTE, style="dim", soft_wrap=True)


def explanation_json(explanation: Explanation) -> str:
    """Return the whole of it as JSON."""
    content = {"is_one_person": explanation.is_one_person, "sentence": _sentence(explanation), **asdict(explanation)}
    for pair, view in zip(content["pairs"], explanation.pairs, strict=True):
        pair["contributions"] = [part._asdict() for part in view.contributions]
    return json.dumps(content | {"note": NOTE}, ensure_ascii=False, indent=2)


def print_queue(connection: duckdb.DuckDBPyConnection, limit: int, console: Console) -> None:
    """Print the head of the review queue with the row to paste for each question."""
    rows = connection.execute(QUEUE, {"limit": limit}).fetchall()
    if not rows:
        console.print("The review queue is empty.")
        return
    for rank, question, suggestion, seed_row, rule, score, stake, currency, key_a, key_b in rows:
        console.print(
            f"{rank}. {question} ({rule}, score {float(score):.3f}, {float(stake):,.2f} {currency} at stake)\n"
            f"   {suggestion}:\n   {seed_row}\n   make explain A={key_a} B={key_b}",
            markup=False,
            soft_wrap=True,
        )
    console.print(NOTE, style="dim", soft_wrap=True)


def _sentence(explanation: Explanation) -> str:
    pair = explanation.pairs[0] if explanation.pairs else None
    because = (pair.refused_because or "") if pair else ""
    return SENTENCES[explanation.verdict].format(
        because=FACTS.get(because, because), score=pair.link_score if pair else 0, threshold=explanation.threshold
    )


def _records(explanation: Explanation) -> Table:
    table = Table()
    for name in ("", "A", "B"):
        table.add_column(name, overflow="fold")
    a, b = explanation.a, explanation.b
    rows = {"record": (a.source, b.source), "key": (a.customer_record_key, b.customer_record_key)}
    rows["customer"] = (a.customer_id or "nobody", b.customer_id or "nobody")
    for name in [*a.values, *(name for name in b.values if name not in a.values)]:
        rows[name.replace("_", " ")] = (a.values.get(name, ""), b.values.get(name, ""))
    for name, (left, right) in rows.items():
        table.add_row(name, left, right)
    return table


def _heading(pair: PairView, names: dict[str, str]) -> str:
    ends = f"{names[pair.record_key_a]} and {names[pair.record_key_b]}"
    became = pair.decision.replace("_", " ") + (f": {pair.refused_because}" if pair.refused_because else "")
    return f"{ends}: {pair.link_rule}, score {pair.link_score:.3f}, weight {pair.match_weight:+.1f} ({became})"


def _contributions(pair: PairView) -> Table:
    table = Table()
    table.add_column("comparison")
    table.add_column("finding")
    table.add_column("weight", justify="right")
    for part in pair.contributions:
        table.add_row(part.comparison, part.level, f"{part.weight:+.2f}")
    return table
