"""More records of the same kind: every person of a file over again, as people who live elsewhere in the same country.

A further copy keeps the names, the households and every mistake in writing; it has other e-mail addresses, phone
numbers, cards and birth dates, and lives where others of the file live. So each name and each postcode has as many more
people as there are more records, which is how a retailer grows within its countries.

Belongs here: growing a file's records. Does not belong here: reading and standardising them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# What so many records give is a placeholder, or the shop's own: a copy has it too.
PLACEHOLDER_RECORDS: Final = 20
MOST: Final = 100
FIRST_YEAR: Final = 1930
DECADES: Final = 8
# Copies move so many places on in the order of postcodes: neighbours go together, and no two copies meet.
PLACES: Final = 37
FIGURES: Final = "0123456789"
PLACE: Final = r"upper(regexp_replace(postcode::varchar, '[^0-9A-Za-z]', '', 'g'))"


def grown(table: str, columns: Sequence[str], times: int) -> str:
    """Return SQL for the records of a table, `times` times over.

    Args:
        table: records with `truth` and any of `records.KNOWN`.
        columns: the columns that the table has.
        times: from 2 to MOST.

    Raises:
        ValueError: `times` is out of its range.
    """
    if not 1 < times <= MOST:
        raise ValueError(f"--times {times}: expected a number from 2 to {MOST}")
    country = "country::varchar" if "country" in columns else "''"
    postcode = PLACE if "postcode" in columns else "null::varchar"
    values = {
        "truth": "truth::varchar || '-' || copy",
        "record_id": "record_id::varchar || '-' || copy",
        "email": "regexp_replace(email, '@', (100 + 137 * copy)::varchar || '@')",
        "phone": _shifted("phone", r"^(.*?)((?:\d\D*){3})((?:\d\D*){3})$", ("", "copy // 10", "copy % 10")),
        "loyalty_card": _shifted("loyalty_card", r"^(\D*\d)((?:\D*\d){2})(.*)$", ("", "copy", "")),
        "birth_date": _birth("birth_date"),
        "birth_year": f"{_birth('birth_year')}::integer",
        "postcode": f"case when postcode is not null then places[(place - 1 + {PLACES} * copy) % len(places) + 1] end",
    }
    counted = [name for name in ("email", "phone") if name in columns]
    counts = "".join(f", count({name}) over (partition by {name}) as of_{name}" for name in counted)
    kept = {name: f"copy = 0 or of_{name} > {PLACEHOLDER_RECORDS}" for name in counted}
    replaced = ", ".join(
        f"case when {kept.get(name, 'copy = 0')} then {name}::varchar else ({value})::varchar end as {name}"
        for name, value in values.items()
        if name in columns
    )
    left_out = ", ".join(["copy", "place", "places", "place_country", *(f"of_{name}" for name in counted)])
    return f"""
        with counted as (
            select *{counts}, {country} as place_country,
                dense_rank() over (partition by {country} order by {postcode}) as place
            from {table}
        ),
        place_lists as (
            select place_country as country_of_places, list(distinct {postcode} order by {postcode}) as places
            from counted where {postcode} is not null group by place_country
        ),
        copied as (
            select counted.*, place_lists.places, copies.copy
            from counted
            left join place_lists on counted.place_country is not distinct from place_lists.country_of_places
            cross join range({times}) as copies(copy)
        )
        select * exclude ({left_out}) replace ({replaced}) from copied
    """


def _shifted(column: str, pattern: str, shifts: Sequence[str]) -> str:
    """Return SQL that moves all figures in the groups of a pattern up by so many (of 10), which keeps typing errors."""
    text = f"{column}::varchar"
    parts = []
    for group, shift in enumerate(shifts, start=1):
        part = f"regexp_extract({text}, '{pattern}', {group})"
        up = f"substr('{FIGURES * 2}', ({shift}) % 10 + 1, 10)"
        parts.append(f"translate({part}, '{FIGURES}', {up})" if shift else part)
    return f"case when regexp_matches({text}, '{pattern}') then {' || '.join(parts)} else {text} || copy end"


def _birth(column: str) -> str:
    """Return SQL that moves the year of a date, or a year, by figures: decades and years apart keep typing errors."""
    text = f"{column}::varchar"
    year = f"try_cast(left({text}, 4) as integer)"
    decade = f"(({year} - {FIRST_YEAR}) // 10 + copy) % {DECADES}"
    moved = f"{FIRST_YEAR} + 10 * ({decade}) + ({year} + 3 * copy) % 10"
    last = FIRST_YEAR + 10 * DECADES - 1
    is_plausible = f"{year} between {FIRST_YEAR} and {last}"
    return f"case when {is_plausible} then ({moved})::varchar || substr({text}, 5) else {text} end"
