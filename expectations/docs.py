"""The front page of the Data Docs: one link per audit, as each audit has a site of its own.

Belongs here: that page. Does not belong here: the sites, which Great Expectations builds.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Audits</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; }}</style></head>
<body>
<h1>Audits</h1>
<p>The newest audit of each kind, as Great Expectations' Data Docs.</p>
<ul>
{links}
</ul>
</body>
</html>
"""


def write_index(folder: Path) -> Path:
    """Write `index.html` over the sites inside `folder`, and return its path.

    The page is replaced as a whole, so that audits that end at the same time cannot garble it.
    """
    sites = sorted([*folder.glob("landed/*/index.html"), *folder.glob("published/index.html")])
    links = "\n".join(
        f'<li><a href="{html.escape(path.relative_to(folder).as_posix())}">'
        f"{html.escape(path.parent.relative_to(folder).as_posix())}</a></li>"
        for path in sites
    )
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.html"
    draft = folder / f".index.{id(links)}.html"
    draft.write_text(_PAGE.format(links=links), encoding="utf-8")
    draft.replace(index)
    return index
