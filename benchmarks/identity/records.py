"""A warehouse with the customer records of one file, up to what the identity step reads.

Belongs here: reading a file of records with any of the known columns, and building the models that standardise them.
Does not belong here: resolving, and measuring.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.identity.grow import PLACE, grown

TEXTS: Final = (
    "first_name", "last_name", "full_name", "email", "phone", "gender", "street", "postcode", "city",
)  # fmt: skip
RENAMED: Final = {"loyalty_card": "loyalty_card_number", "street_no": "house_number", "country": "country_code"}
DETAILS: Final = (*TEXTS, *RENAMED, "birth_date", "birth_year")
KNOWN: Final = (
    "record_id", "source", *DETAILS, "created_at", "truth",
)  # fmt: skip
RECORD_TYPES: Final = {
    "guest": "eshop_guest",
    "pos": "loyalty_card",
    "survey": "survey_respondent",
    "review": "review_author",
}
READERS: Final = {".parquet": "read_parquet", ".csv": "read_csv", ".json": "read_json", ".jsonl": "read_json"}

PARTS: Final = 10_000

# What the models read beside the records, and there is nothing of in a file.
EMPTY: Final = """
create schema personal;
create schema staging;
create table personal.int_customer_reference__resolve (
    customer_record_key varchar, referenced_record_key varchar, country_code varchar
);
create table staging.stg_pos__stores (
    source_system varchar, store_id varchar, country_code varchar, email varchar, phone varchar, street varchar,
    postcode varchar, city varchar
);
create table personal.int_customer_version__unify (
    customer_version_key varchar, email varchar, phone varchar, country_code varchar, is_newest boolean
);
"""


def write_records(
    warehouse: Path, source: Path, without: Sequence[str] = (), times: int = 1, share: float = 1.0
) -> int:
    """Create a warehouse with the records of a file as `personal.int_customer_record__unify`, and return their number.

    Args:
        warehouse: the file to create.
        source: Parquet, CSV or JSON with `truth`, the person of each record, and any others of the columns KNOWN.
        without: columns to leave unused.
        times: how many times as many records to make of them (see `grow`).
        share: of the places, taken at random (the same ones every time), with all people who live there and all of
            their records: families and neighbours stay together.

    Raises:
        ValueError: the file cannot be read as one of these or grown so much, has no `truth` or nothing beside it,
            or `record_id` repeats within a source.
    """
    reader = READERS.get(source.suffix.lower())
    if reader is None:
        raise ValueError(f"{source}: expected a file that ends with {', '.join(READERS)}")
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    options = ", all_varchar = true" if reader == "read_csv" else ""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(EMPTY)
        connection.execute(f"create temp view given as select * from {reader}('{source}'{options})")
        columns = {name for name, *_ in connection.execute("describe given").fetchall()} - set(without)
        if "truth" not in columns:
            raise ValueError(
                f"{source}: no column `truth`, the person of each record; it has {', '.join(sorted(columns))}"
            )
        if columns.isdisjoint(DETAILS):
            raise ValueError(
                f"{source}: none of its columns says anything of a person: it has {', '.join(sorted(columns))};"
                f" rename those that are one of {', '.join(DETAILS)}"
            )
        if share < 1:
            said = PLACE.format("postcode")
            place = f"mode({said} order by {said})" if "postcode" in columns else "null"
            drawn = f"hash(coalesce({place}, truth::varchar)) % {PARTS} < {round(share * PARTS)}"
            people = f"select truth from given group by truth having {drawn}"
            connection.execute(f"create temp view part as select * from given where truth in ({people})")
        given = "part" if share < 1 else "given"
        if times > 1:
            connection.execute(f"create temp view more as {grown(given, sorted(columns), times)}")
        connection.execute(_unify(columns, "more" if times > 1 else given))
        ((size, keys),) = connection.execute(
            "select count(*), count(distinct customer_record_key) from personal.int_customer_record__unify"
        ).fetchall()
    if size != keys:
        raise ValueError(f"{source}: record_id repeats within a source {size - keys} times; make it unique")
    return int(size)


def _unify(columns: set[str], table: str) -> str:
    def text(name: str) -> str:
        return f"nullif(trim({name}::varchar), '')" if name in columns else "null::varchar"

    source = "coalesce(lower(source::varchar), 'file')" if "source" in columns else "'file'"
    record = "record_id::varchar" if "record_id" in columns else "(row_number() over ())::varchar"
    types = " ".join(f"when '{name}' then '{kind}'" for name, kind in RECORD_TYPES.items())
    born = "birth_date" if "birth_date" in columns else "null"
    selected = [
        f"md5({source} || '|' || {record}) as customer_record_key",
        f"{source} as source_system",
        f"case {source} {types} else 'eshop_account' end as record_type",
        f"{record} as source_id",
        *(f"{text(name)} as {name}" for name in TEXTS),
        *(f"{text(name)} as {ours}" for name, ours in RENAMED.items()),
        f"try_cast({born} as date) as birth_date",
        f"case when try_cast({born} as date) is null then {text('birth_date')} end as birth_date_text",
        f"try_cast({'birth_year' if 'birth_year' in columns else 'null'} as bigint) as birth_year",
        "null::varchar as card_status",
        "null::varchar as language_code",
        "false as is_contact_from_invite",
        "false as is_deleted",
        f"{_created_at(columns)} as created_at",
        "truth",
    ]
    return f"create table personal.int_customer_record__unify as select {', '.join(selected)} from {table}"


def _created_at(columns: set[str]) -> str:
    if "created_at" not in columns:
        return "timestamp '2020-01-01'"
    days = "timestamp '2020-01-01' + to_days(try_cast(created_at as integer))"
    return f"coalesce(try_cast(created_at::varchar as timestamp), {days}, timestamp '2020-01-01')"
