"""More records of the same kind: every person of a file over again, as people who live elsewhere in the same country.

A further copy keeps the names, the households and every mistake in writing; it has other e-mail addresses, phone
numbers, cards and birth dates, and lives where others of the file live. So each name and each postcode has as many more
people as there are more records. No two copies of a person share anything that tells people apart, or have it one
typing error apart: they would be one person by all that their records say.

Belongs here: growing a file's records. Does not belong here: reading and standardising them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# What so many records give is a placeholder, or the shop's own: a copy has it too.
PLACEHOLDER_RECORDS: Final = 20
MOST: Final = 100
# Copies move so many places on in the order of postcodes: neighbours go together. The first stride that does not divide
# the places of a country is taken: no two copies meet before each place has been lived in. House numbers rise then.
STRIDES: Final = (37, 41, 43)
HOUSES: Final = 1000
# Copies are born so many days apart, from the last day back to the first. No MOST such steps lead to a date that one
# figure, or day and month swapped, tells apart from where they began (see tests/identity/test_grow.py).
FIRST_DAY: Final = "date '1930-01-01'"
DAYS: Final = 29_220
BIRTH_STRIDE: Final = 11_173
FIGURES: Final = "0123456789"
PLACE: Final = r"upper(regexp_replace({0}::varchar, '[^0-9A-Za-z]', '', 'g'))"
# A mailbox's name, up to a tag that its provider ignores.
MAILBOX: Final = "^([^@+]*)"
# The figures that are moved up: a phone number's last six, a card's second to fifth (the last ones count the cards).
PHONE: Final = r"^(.*?)((?:\d\D*){3})((?:\d\D*){3})$"
CARD: Final = r"^(\D*\d)((?:\D*\d){2})((?:\D*\d){2})(.*)$"
# What is read of a record, by these types; null where a file lacks the column.
READ: Final = {
    "said_email": ("email", "varchar"),
    "said_phone": ("phone", "varchar"),
    "place_country": ("country", "varchar"),
    "said_city": ("city", "varchar"),
    "said_postcode": ("postcode", "varchar"),
    "said_date": ("birth_date", "date"),
    "said_year": ("birth_year", "integer"),
}


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
    values = {
        "truth": "truth::varchar || '-' || copy",
        "record_id": "record_id::varchar || '-' || copy",
        "email": f"case when emails > {PLACEHOLDER_RECORDS} then email::varchar"
        f" else regexp_replace(email, '{MAILBOX}', '\\1' || (100 + 137 * copy)) end",
        "phone": f"case when phones > {PLACEHOLDER_RECORDS} then phone::varchar"
        f" else {_shifted('phone', PHONE, ('', 'copy // 10', 'copy % 10'))} end",
        "loyalty_card": _shifted("loyalty_card", CARD, ("", "copy % 10", "copy // 10", "")),
        "birth_date": "born::varchar",
        "birth_year": f"year(coalesce(born, usual_born, {_later('make_date(usual_year, 7, 1)')}))"
        " + said_year - coalesce(year(said_date), usual_year, said_year)",
        "postcode": "place.postcode",
        "city": f"case when city is not null then place.cities[{_drawn('place.cities')}] end",
        "street_no": f"case when copy < len(places) then street_no::varchar else {_further('street_no')} end",
    }
    replaced = ", ".join(
        f"case when copy = 0 then copied.{name}::varchar else ({value})::varchar end as {name}"
        for name, value in values.items()
        if name in columns
    )
    read = ", ".join(
        f"try_cast({column if column in columns else 'null'} as {kind}) as {name}"
        for name, (column, kind) in READ.items()
    )
    return f"""
        with told as (select *, {read} from {table}),
        given as (
            select
                *,
                {PLACE.format("said_postcode")} as said_place,
                coalesce(year(said_date), said_year) as known_year
            from told
        ),
        counted as (
            select
                *,
                count(said_email) over (partition by said_email) as emails,
                count(said_phone) over (partition by said_phone) as phones,
                coalesce(
                    mode(said_date order by said_date) filter (said_date <> {_first_day("said_date")})
                        over (partition by truth),
                    mode(said_date order by said_date) over (partition by truth)
                ) as usual_date,
                mode(known_year order by known_year) over (partition by truth) as usual_year,
                dense_rank() over (partition by place_country order by said_place) as at_place
            from given
        ),
        place as (
            select place_country, said_place as postcode, list(distinct said_city order by said_city) as cities
            from given where said_place is not null group by all
        ),
        place_list as (
            select
                place_country as country_of_places,
                list({{'postcode': postcode, 'cities': cities}} order by postcode) as places
            from place group by place_country
        ),
        copied as (
            select
                counted.*, places, copies.copy,
                {_later("usual_date")} as usual_born,
                {_mistaken("said_date", "usual_date", "usual_born")} as born,
                case
                    when said_place is not null
                        then places[(at_place - 1 + {_stride()} * copy) % len(places) + 1]
                end as place
            from counted
            left join place_list on counted.place_country is not distinct from place_list.country_of_places
            cross join range({times}) as copies(copy)
        )
        select {", ".join(columns)} from (select copied.* replace ({replaced}) from copied)
    """


def _drawn(texts: str) -> str:
    """Return SQL for the number of one of some texts; records that wrote theirs alike do so again."""
    return f"(hash(copied.truth, city, copy) % len({texts}) + 1)::integer"


def _stride() -> str:
    """Return SQL for how many places on a copy lives, of `places`."""
    fitting = " ".join(f"when len(places) % {stride} <> 0 then {stride}" for stride in STRIDES)
    return f"case {fitting} else 1 end"


def _further(column: str) -> str:
    """Return SQL for a house number after the last one: who comes to a place a second time lives in another house."""
    number = f"regexp_extract({column}::varchar, '[0-9]+')"
    higher = f"try_cast({number} as bigint) + {HOUSES} * (copy // len(places))"
    return f"replace({column}::varchar, {number}, ({higher})::varchar)"


def _shifted(column: str, pattern: str, shifts: Sequence[str]) -> str:
    """Return SQL that moves all figures in the groups of a pattern up by so many (of 10), which keeps typing errors."""
    text = f"{column}::varchar"
    parts = []
    for group, shift in enumerate(shifts, start=1):
        part = f"regexp_extract({text}, '{pattern}', {group})"
        up = f"substr('{FIGURES * 2}', ({shift})::bigint + 1, 10)"
        parts.append(f"translate({part}, '{FIGURES}', {up})" if shift else part)
    return f"case when regexp_matches({text}, '{pattern}') then {' || '.join(parts)} else {text} || copy end"


def _later(date: str) -> str:
    """Return SQL for the date on which a copy was born: all dates go round DAYS days."""
    since = f"({date} - {FIRST_DAY} + {BIRTH_STRIDE} * copy) % {DAYS}"
    return f"({FIRST_DAY} + (({since} + {DAYS}) % {DAYS})::integer)"


def _first_day(date: str) -> str:
    """Return SQL for 1 January of a date's year: what forms fill in where only the year is known."""
    return f"date_trunc('year', {date})::date"


def _mistaken(said: str, usual: str, born: str) -> str:
    """Return SQL for what a record says of a copy's birth date, with the mistake that it makes in the person's own."""
    swapped = "try_cast(strftime({0}, '%Y-%d-%m') as date)"
    return f"""case
                    when {said} = {_first_day(said)}
                        then {_first_day(born)} + to_years((year({said}) - year({usual}))::integer)
                    when {said} = {usual} then {born}
                    when {said} = {swapped.format(usual)} then coalesce({swapped.format(born)}, {born})
                    else {born} + ({said} - {usual})::integer
                end"""
