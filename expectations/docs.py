"""The Data Docs as people get them: pages that need no network, and the lists that lead to them.

Great Expectations' pages load their styles, scripts and a logo from other hosts, and its list of results is empty
without them. Here the pages keep their content and get one style of their own; the lists are plain links.

Belongs here: what is done to pages that Great Expectations has built. Does not belong here: building them.
"""

from __future__ import annotations

import html
import re
import shutil
import uuid
from itertools import groupby
from pathlib import Path
from typing import Final

from expectations.result import ExpectationResult

_STYLE: Final = """<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #ddd; }
ol.breadcrumb { list-style: none; display: flex; gap: 1rem; padding: 0; }
.breadcrumb-item.active, .lead, .sticky, .collapse, [data-toggle=collapse] { display: none; }
.text-success, .passed { color: #18794e; } .text-danger, .critical { color: #cd2b31; }
.text-warning, .warning { color: #ad5700; } .fa-check-circle::before { content: "holds"; }
.fa-times::before { content: "fails"; } .fa-exclamation-triangle::before { content: "could not be judged"; }
</style>"""
_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>{style}</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_FROM_ELSEWHERE: Final = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<style\b.*?</style>|<p>Stay current on everything GX.*?</p>",
    re.DOTALL,
)
_LINK_TO_SUITE: Final = re.compile(r'<a href="[^"]*expectations/[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


def finish_site(site: Path, suite: str, results: list[ExpectationResult]) -> None:
    """Make the pages of one audit readable without a network, and write its list of results."""
    shutil.rmtree(site / "static", ignore_errors=True)
    for page in site.rglob("*.html"):
        text = _LINK_TO_SUITE.sub(r"\1", _FROM_ELSEWHERE.sub("", page.read_text(encoding="utf-8")))
        page.write_text(text.replace("</head>", f"{_STYLE}</head>", 1), encoding="utf-8")
    ordered = sorted(results, key=lambda each: (each.table, each.name))
    body = "\n".join(
        f"<h2>{html.escape(table)}</h2>\n<table>\n{''.join(_row(site, each) for each in group)}</table>"
        for table, group in groupby(ordered, key=lambda each: each.table)
    )
    _replace(site / "index.html", f"Audit: {suite}", f'<p><a href="{_up(site)}">All audits</a></p>\n{body}')


def write_index(folder: Path) -> Path:
    """Write `index.html` over the audits inside `folder`, and return its path."""
    sites = sorted([*folder.glob("landed/*/index.html"), *folder.glob("published/index.html")])
    links = "\n".join(
        f'<li><a href="{html.escape(path.relative_to(folder).as_posix())}">'
        f"{html.escape(path.parent.relative_to(folder).as_posix())}</a></li>"
        for path in sites
    )
    index = folder / "index.html"
    _replace(index, "Audits", f"<p>The newest audit of each kind.</p>\n<ul>\n{links}\n</ul>")
    return index


def _row(site: Path, result: ExpectationResult) -> str:
    state = "passed" if result.success else result.severity
    page = html.escape(result.docs.relative_to(site).as_posix())
    return (
        f'<tr><td class="{state}">{state}</td><td><a href="{page}">{html.escape(result.name)}</a></td>'
        f"<td>{html.escape(result.title)}<br><small>{html.escape(result.reason)}</small></td>"
        f"<td>{html.escape(result.observed)}</td></tr>\n"
    )


def _up(site: Path) -> str:
    return "../index.html" if site.name == "published" and site.parent.name != "landed" else "../../index.html"


def _replace(page: Path, title: str, body: str) -> None:
    """Write a page as a whole, so that audits that end at the same time cannot garble it."""
    page.parent.mkdir(parents=True, exist_ok=True)
    draft = page.with_name(f".{uuid.uuid4().hex}.html")
    draft.write_text(_PAGE.format(title=html.escape(title), style=_STYLE, body=body), encoding="utf-8")
    draft.replace(page)
