"""The numbering plans of every country as a seed, taken from the metadata of Google's libphonenumber (Apache-2.0).

`python -m tests.identity.phone_plans` writes `identity_calling_code.csv`; a test fails when it is out of date.
Belongs here: what of the metadata the SQL needs, one row per country. Does not belong here: reading numbers, which
`int_customer_phone__standardise` does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneMetadata

SEED: Final = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "rules" / "identity_calling_code.csv"
COLUMNS: Final = [
    "country_code",
    "calling_code",
    "is_main_country",
    "trunk_prefix",
    "is_trunk_ambiguous",
    "other_trunk_prefix",
    "trunk_pattern",
    "trunk_group",
    "trunk_rule",
    "international_prefix",
    "international_pattern",
    "national_pattern",
    "national_lengths",
    "min_digits",
    "max_digits",
]


def render_seed() -> str:
    """Return the text of the seed: countries by code, then calling codes that belong to no country."""
    rows = [
        _row(region, PhoneMetadata.metadata_for_region(region)) for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    ]
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        rows.append(_row(str(code), PhoneMetadata.metadata_for_nongeo_region(code)))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(code: str, plan: Any) -> dict[str, Any]:
    lengths = plan.general_desc.possible_length
    main = phonenumbers.region_code_for_country_code(plan.country_code)
    return {
        "country_code": code,
        "calling_code": plan.country_code,
        "is_main_country": str(main == code or not code.isalpha()).lower(),
        "national_pattern": f"^(?:{plan.general_desc.national_number_pattern})$",
        "national_lengths": " ".join(map(str, lengths)),
        "min_digits": min(lengths),
        "max_digits": max(lengths),
        **_trunk(plan),
        **_international(plan.international_prefix),
    }


def _trunk(plan: Any) -> dict[str, Any]:
    pattern, own = plan.national_prefix_for_parsing, plan.general_desc.national_number_pattern
    none = {"is_trunk_ambiguous": "false", "trunk_group": 0}
    if pattern is None:
        return none
    literals = sorted(_literals(pattern) or ())
    if not 1 <= len(literals) <= 2 or any(a != b and b.startswith(a) for a, b in product(literals, repeat=2)):
        groups = re.compile(pattern).groups
        rule = plan.national_prefix_transform_rule or ""
        return none | {"trunk_pattern": f"^(?:{pattern})", "trunk_group": groups if rule else 0, "trunk_rule": rule}
    return none | {
        "trunk_prefix": literals[0],
        "is_trunk_ambiguous": str(can_begin(own, literals[0])).lower(),
        "other_trunk_prefix": literals[1] if len(literals) > 1 else "",
    }


def _international(pattern: str | None) -> dict[str, str]:
    if pattern is None or pattern.isdigit():
        return {"international_prefix": pattern or ""}
    return {"international_pattern": f"^(?:{pattern})"}


def _literals(pattern: str) -> set[str] | None:
    """Return the texts that a pattern of plain alternatives stands for, or None when it is anything else."""
    if pattern.isdigit():
        return {pattern}
    if re.fullmatch(r"\[\d+\]", pattern):
        return set(pattern[1:-1])
    return set(pattern.split("|")) if re.fullmatch(r"\d+(\|\d+)+", pattern) else None


def can_begin(pattern: str, prefix: str) -> bool:
    """Return whether some number that matches `pattern` in full begins with `prefix`."""
    return any(rest == "" for rest in _remains(list(_parser.parse(pattern)), prefix))


def _remains(parts: Sequence[tuple[Any, Any]], prefix: str) -> Iterator[str]:
    """Yield what remains of `prefix` after each way in which `parts` can begin with it."""
    if not parts or not prefix:
        yield prefix
        return
    for rest in _after(parts[0], prefix):
        yield from _remains(parts[1:], rest)


def _after(part: tuple[Any, Any], prefix: str) -> Iterator[str]:
    kind, value = str(part[0]), part[1]
    if kind == "BRANCH":
        for branch in value[1]:
            yield from _remains(list(branch), prefix)
    elif kind == "SUBPATTERN":
        yield from _remains(list(value[-1]), prefix)
    elif kind == "MAX_REPEAT":
        least, most, repeated = value
        for count in range(least, min(int(most), len(prefix) + least) + 1):
            yield from _remains(list(repeated) * count, prefix)
    elif kind in {"LITERAL", "IN"}:
        if any(_holds(item, prefix[0]) for item in ([part] if kind == "LITERAL" else value)):
            yield prefix[1:]
    else:
        raise ValueError(f"a numbering plan holds {kind}, which is not known here; add it to _after")


def _holds(item: tuple[Any, Any], digit: str) -> bool:
    kind, value = str(item[0]), item[1]
    if kind == "RANGE":
        return bool(value[0] <= ord(digit) <= value[1])
    return kind == "CATEGORY" or bool(value == ord(digit))


if __name__ == "__main__":
    SEED.write_text(render_seed(), encoding="utf-8")
