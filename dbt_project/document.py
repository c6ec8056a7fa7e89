"""Writes `docs/data-dictionary.md` from dbt's manifest: `python -m dbt_project.document [--check]`.

Belongs here: the page's layout. Does not belong here: any description, which lives in the yml beside its model.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from ingestion.connectors.registry import VENDOR_TABLES
from ingestion.settings import Settings, load_settings

AREAS: Final = {
    "customer": "Who the customers are and what they bought",
    "loyalty": "Points and tiers: today, then, and why",
    "feedback": "What customers say, with n and interval",
    "growth": "Who stays, who leaves, what they are worth",
    "audit": "How fresh and how complete the figures are",
}
_INTRODUCTION: Final = """# Data dictionary

Made from the descriptions of the dbt project by `make docs`; edit the yml beside a model, never this page.

Every published mart with its grain and its columns. A column that ends in `_amount` is in the shop's currency, one
that ends in `_reporting` in the reporting currency; `_at` is an instant in UTC, `_date` a business date in the
retailer's time zone, `is_` a yes or no. No published mart holds personal data.
"""
_GRAIN: Final = re.compile(r"One row\b[^.]*\.$")

Node = Mapping[str, Any]


def parse(settings: Settings) -> dict[str, Any]:
    """Return dbt's manifest of the project as it is now.

    Raises:
        subprocess.CalledProcessError: the project does not parse; dbt has said why.
    """
    settings.apply_environment()
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "parse"]
    # Every vendor's models, whichever are connected here.
    variables = settings.dbt_vars() | {"connectors": sorted(VENDOR_TABLES)}
    subprocess.run([*command, "--vars", json.dumps(variables)], cwd=settings.root, check=True)
    manifest: dict[str, Any] = json.loads((settings.dbt_target_path / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def data_dictionary(manifest: Mapping[str, Any]) -> str:
    """Return the page as Markdown; the same manifest gives the same text."""
    models = sorted(
        (node for node in manifest["nodes"].values() if node["resource_type"] == "model"),
        key=lambda node: (node["schema"], node["name"]),
    )
    marts = [model for model in models if model["access"] == "public" and model["schema"] in AREAS]
    inner = [model for model in models if model not in marts]
    parts = [_INTRODUCTION, _contents(marts)]
    for area, title in AREAS.items():
        members = [model for model in marts if model["schema"] == area]
        if members:
            parts += [f"## {area}: {title}\n", *map(_mart, members)]
    parts.append(
        "## Inside the warehouse\n\nNot published, and free to change. Schema `personal` holds personal data.\n"
    )
    parts += [_names(schema, group) for schema, group in groupby(inner, key=lambda model: str(model["schema"]))]
    return "\n".join(parts).rstrip() + "\n"


def grain(model: Node) -> str:
    """Return the sentence that says what one row is, which ends every description; empty when there is none."""
    found = _GRAIN.search(_line(model["description"]))
    return found[0] if found else ""


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is up to date (exit code 1 when it is not)."""
    parser = argparse.ArgumentParser(prog="python -m dbt_project.document", description="Write the data dictionary.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")
    check = parser.parse_args(arguments).check
    settings = load_settings()
    page = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"
    text = data_dictionary(parse(settings))
    if check:
        return int(not page.is_file() or page.read_text(encoding="utf-8") != text)
    page.write_text(text, encoding="utf-8")
    return 0


def _contents(marts: Iterable[Node]) -> str:
    rows = [f"| [{mart['name']}](#{mart['name']}) | {mart['schema']} | {_cell(grain(mart))} |" for mart in marts]
    return "\n".join(["| mart | schema | grain |", "|---|---|---|", *rows]) + "\n"


def _mart(mart: Node) -> str:
    rows = [
        f"| `{name}` | {column['data_type'] or ''} | {_cell(column['description'])} |"
        for name, column in mart["columns"].items()
    ]
    description = _line(mart["description"])
    table = ["| column | type | meaning |", "|---|---|---|", *rows]
    return "\n".join([f"### {mart['name']}\n", f"{description}\n", *table]) + "\n"


def _names(schema: str, models: Iterable[Node]) -> str:
    return "\n".join([f"### Schema `{schema}`\n", *(f"- `{model['name']}`" for model in models)]) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
