"""The comparison as tables in a terminal.

Belongs here: layout for a terminal. Does not belong here: figures.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table

from orchestration.simulation.figures import Comparison

LABELS: Final = {
    "members": "Members",
    "points_issued": "Points issued",
    "points_clawed_back": "Points taken back by refunds",
    "points_redeemed": "Points redeemed, as in truth",
    "points_not_covered": "  of these, not covered by points",
    "points_expired": "Points expired",
    "points_open": "Points open",
    "redeemed_amount": "Value of covered redemptions",
    "liability_amount": "Liability before breakage",
    "breakage_amount": "Breakage",
    "cost_amount": "Cost: redemptions and liability after breakage",
}


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the figures of both programmes, and the members by tier."""
    figures = Table(title=f"As of {comparison.as_of_date}, amounts in {comparison.currency_code}")
    figures.add_column("")
    for name in ("present", "simulated", "difference"):
        figures.add_column(name, justify="right")
    for name, label in LABELS.items():
        before, after = getattr(comparison.present, name), getattr(comparison.simulated, name)
        figures.add_row(label, written(before), written(after), signed(after - before))
    console.print(figures)
    console.print(_matrix(comparison))


def _matrix(comparison: Comparison) -> Table:
    columns, rows = comparison.matrix()
    matrix = Table(title=f"Members by tier now (rows) and in the simulation; {comparison.changed_members:,} differ")
    matrix.add_column("")
    for tier in columns:
        matrix.add_column(tier, justify="right")
    for before, counts in rows:
        matrix.add_row(before, *(f"{count:,}" if count else "" for count in counts))
    return matrix


def written(value: int | Decimal) -> str:
    """Return a figure with separators, amounts with two decimals."""
    return f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"


def signed(value: int | Decimal) -> str:
    """Return a difference with its sign."""
    return f"{value:+,.2f}" if isinstance(value, Decimal) else f"{value:+,}"
