"""The comparison as one HTML page that needs nothing else: no script, no network, charts drawn as SVG.

Belongs here: layout for a browser. Does not belong here: figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from orchestration.simulation.figures import Comparison
from orchestration.simulation.table import LABELS, signed, written

PRESENT, SIMULATED = "#4c6a92", "#d98032"
_WIDTH: Final = 760
_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 800px; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .25rem .7rem; text-align: right }
th:first-child, td:first-child { text-align: left } tr + tr { border-top: 1px solid #ddd }
h2 { margin-top: 2.2rem } svg { max-width: 100% } .same { color: #888 } text { font-size: 12px; fill: #333 }
"""


def render_page(comparison: Comparison, title: str) -> str:
    """Return the page; the same comparison gives the same text."""
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>The same history under the present programme and under another one, as of {comparison.as_of_date}."
        f" Amounts in {escape(comparison.currency_code)}. {_legend()}</p>",
        _figures(comparison),
        "<h2>Members by tier</h2>",
        _tier_bars(comparison),
        f"<p>{comparison.changed_members:,} members would have another tier. Rows: now; columns: simulated.</p>",
        _matrix(comparison),
        "<h2>Points issued by month</h2>",
        _lines([(str(month)[:7], (before, after)) for month, before, after in comparison.issued]),
        f"<h2>Money ({escape(comparison.currency_code)})</h2>",
        _money_bars(comparison),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _legend() -> str:
    return (
        f'<span style="color:{PRESENT}">&#9632; present</span> <span style="color:{SIMULATED}">&#9632; simulated</span>'
    )


def _figures(comparison: Comparison) -> str:
    rows = []
    for name, label in LABELS.items():
        before, after = getattr(comparison.present, name), getattr(comparison.simulated, name)
        values = (written(before), written(after), signed(after - before))
        rows.append(_row([label, *values], "td"))
    return f"<table>{_row(['', 'present', 'simulated', 'difference'], 'th')}{''.join(rows)}</table>"


def _matrix(comparison: Comparison) -> str:
    columns, matrix = comparison.matrix()
    rows = [_row(["", *columns], "th")]
    for before, counts in matrix:
        rows.append(_row([before, *(f"{count:,}" if count else "" for count in counts)], "td"))
    return f"<table>{''.join(rows)}</table>"


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _tier_bars(comparison: Comparison) -> str:
    groups = []
    for tier in comparison.tiers:
        before = sum(members for now, _, members in comparison.moved if now == tier)
        after = sum(members for _, then, members in comparison.moved if then == tier)
        if before or after:
            groups.append((tier, (before, after)))
    return _bars(groups)


def _money_bars(comparison: Comparison) -> str:
    names = ("redeemed_amount", "liability_amount", "breakage_amount", "cost_amount")
    return _bars(
        [
            (LABELS[name].split(":")[0], (getattr(comparison.present, name), getattr(comparison.simulated, name)))
            for name in names
        ]
    )


def _bars(groups: Sequence[tuple[str, tuple[object, object]]]) -> str:
    """Draw two horizontal bars per group, the present one above."""
    most = max((float(str(value)) for _, values in groups for value in values), default=0.0) or 1.0
    drawn = []
    for number, (label, values) in enumerate(groups):
        top = number * 46 + 4
        drawn.append(f'<text x="190" y="{top + 22}" text-anchor="end">{escape(label)}</text>')
        for row, (value, colour) in enumerate(zip(values, (PRESENT, SIMULATED), strict=True)):
            width = max(float(str(value)), 0.0) / most * (_WIDTH - 310)
            y = top + row * 18
            drawn.append(f'<rect x="200" y="{y}" width="{width:.1f}" height="15" fill="{colour}"/>')
            drawn.append(f'<text x="{205 + width:.1f}" y="{y + 12}">{_short(value)}</text>')
    return _svg(len(groups) * 46 + 8, drawn)


def _lines(points: Sequence[tuple[str, tuple[int, int]]]) -> str:
    """Draw two lines over the months."""
    most = max((value for _, values in points for value in values), default=0) or 1
    step = (_WIDTH - 90) / max(len(points) - 1, 1)
    drawn = [f'<text x="0" y="14">{most:,}</text>', '<line x1="70" y1="190" x2="760" y2="190" stroke="#bbb"/>']
    for side, colour in enumerate((PRESENT, SIMULATED)):
        path = " ".join(
            f"{70 + number * step:.1f},{190 - values[side] / most * 180:.1f}"
            for number, (_, values) in enumerate(points)
        )
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    every = max(len(points) // 8, 1)
    drawn += [
        f'<text x="{70 + number * step:.1f}" y="208" text-anchor="middle">{label}</text>'
        for number, (label, _) in enumerate(points)
        if number % every == 0
    ]
    return _svg(215, drawn)


def _svg(height: int, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img"'
        f' xmlns="http://www.w3.org/2000/svg">{"".join(drawn)}</svg>'
    )


def _short(value: object) -> str:
    return f"{float(str(value)):,.0f}"
