"""A small warehouse made by hand, with what the identity step compares, and people who leave records in it.

Belongs here: making and changing the records. Does not belong here: any assertion.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

COLUMNS = {
    "customer_record_key": "varchar", "source_system": "varchar", "record_type": "varchar", "given_word": "varchar",
    "given_words": "varchar", "family_word": "varchar", "given_skeleton": "varchar", "family_skeleton": "varchar",
    "given_ending": "varchar", "is_name_from_email": "boolean", "email": "varchar", "email_name": "varchar",
    "phone": "varchar", "card_number": "varchar", "is_living_card": "boolean", "is_identifiable": "boolean",
    "birth_date": "date", "birth_digits": "varchar", "birth_year": "bigint", "gender": "varchar",
    "street_key": "varchar", "house_number": "varchar", "postcode": "varchar", "city_key": "varchar",
    "country_code": "varchar", "buyer_record_key": "varchar", "is_about_an_order": "boolean",
    "given_doublings": "integer", "family_doublings": "integer", "area_doublings": "integer",
    "created_at": "timestamp",
}  # fmt: skip
GIVEN = ("maria", "marios", "georgios", "georgia", "konstadinos", "anna", "eleni", "nikolaos", "gabriel", "gabriela")
FAMILY = ("papas", "papadopoulos", "vlahos", "nagi", "szabo", "popesku", "lindberg", "smith")
ENDINGS = str.maketrans("aouvwieyhbcdfgjklmnpqrstxz", "aooooiiiiccccccccccccccccc")
VOWELS = str.maketrans("", "", "aeiouyhxv")
Row = dict[str, Any]


def record(key: str, **said: Any) -> Row:
    """Return a record that says what is given, with what dbt derives from it."""
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"customer_record_key": key, "buyer_record_key": key, "country_code": "GR", "is_about_an_order": False}
    row |= {"is_name_from_email": False, "is_living_card": False, "is_identifiable": True}
    row |= {"given_doublings": 3, "family_doublings": 3, "area_doublings": 4} | said
    given, family, born = row["given_word"], row["family_word"], row["birth_date"]
    if given:
        row["given_words"] = row["given_words"] or given
        row["given_skeleton"] = given.translate(VOWELS) or None if len(given) > 1 else None
        row["given_ending"] = given[-1].translate(ENDINGS)
    if family:
        row["family_skeleton"] = family.translate(VOWELS) or None if len(family) > 1 else None
    if born:
        row["birth_digits"], row["birth_year"] = born.replace("-", ""), int(born[:4])
    if row["email"]:
        row["email_name"] = row["email"].split("@")[0]
    return row


def person(number: int, chance: random.Random) -> Row:
    """Return everything that is true of a person; families share a front door and a family name."""
    home = random.Random(number // 3)
    given, family = chance.choice(GIVEN), home.choice(FAMILY)
    return {
        "given_word": given,
        "family_word": family,
        "email": f"{given}.{family}{number}@mail.gr",
        "phone": f"+3069{number:08d}",
        "card_number": f"{1_000_000 + number * 37}",
        "birth_date": f"{home.randint(1950, 2000)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "gender": chance.choice("FM"),
        "street_key": home.choice(("ermou", "stadiou", "kifisias")),
        "house_number": str(home.randint(1, 90)),
        "postcode": str(10000 + home.randint(1, 12)),
        "city_key": "athina",
    }


def mention(key: str, true: Row, chance: random.Random) -> Row:
    """Return a record of a person, which leaves some out and gets some wrong."""
    said = {name: value for name, value in true.items() if chance.random() < 0.65}
    if said.get("given_word") and chance.random() < 0.2:
        said["given_word"] = slip(said["given_word"], chance)
    if said.get("family_word") and chance.random() < 0.1:
        said["family_word"] = slip(said["family_word"], chance)
    if said.get("given_word") and chance.random() < 0.1:
        said["given_words"] = f"{said['given_word']} {chance.choice(GIVEN)}"
    if said.get("birth_date") and chance.random() < 0.2:
        said["birth_date"] = chance.choice([said["birth_date"][:-2] + "09", "1977-07-07"])
    if said.get("email") and chance.random() < 0.15:
        said["email"] = slip(said["email"].split("@")[0], chance) + chance.choice(["@mail.gr", "@post.gr"])
    if "birth_date" not in said and chance.random() < 0.3:
        said["birth_year"] = int(true["birth_date"][:4])
    said["is_living_card"] = bool(said.get("card_number")) and chance.random() < 0.5
    said["is_name_from_email"] = bool(said.get("given_word")) and chance.random() < 0.05
    said["is_identifiable"] = any(said.get(name) for name in ("email", "phone", "card_number"))
    return record(key, **said)


def slip(word: str, chance: random.Random) -> str:
    """Return a word with one letter left out, changed or moved, or its initial."""
    at = chance.randrange(len(word) - 1)
    before, after = word[:at], word[at + 1 :]
    return chance.choice([before + after, before + "e" + after, before + after[0] + word[at] + after[1:], word[0]])


def crowd(people: int, chance: random.Random) -> list[Row]:
    """Return the records of some people: several each, some of them copies, some feedback on an order."""
    rows: list[Row] = []
    for number in range(people):
        true = person(number, chance)
        for _ in range(chance.choice((1, 2, 2, 3, 4))):
            row = mention(f"{chance.getrandbits(40):010x}", true, chance)
            rows.append(row)
            for _ in range(chance.choice((0, 0, 0, 1, 2))):
                rows.append(copy_of(row, f"{chance.getrandbits(40):010x}"))
            if chance.random() < 0.15:
                response = mention(f"{chance.getrandbits(40):010x}", true, chance)
                bought = rows[-1]["customer_record_key"]
                rows.append(response | {"buyer_record_key": bought, "is_about_an_order": True})
    return rows


def copy_of(row: Row, key: str) -> Row:
    """Return another record with the same details."""
    return row | {"customer_record_key": key, "buyer_record_key": key, "is_about_an_order": False}


def warehouse(rows: Iterable[Row]) -> duckdb.DuckDBPyConnection:
    """Return a warehouse with these records."""
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute("create schema personal; create schema rules")
    connection.execute("create table rules.identity_match_setting as select 0.667::double as link_score_from")
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table personal.int_customer_record__compare ({columns})")
    fill(connection, list(rows))
    return connection


def fill(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Replace the records."""
    connection.execute("delete from personal.int_customer_record__compare")
    connection.register("content", pa.table({name: [row[name] for row in rows] for name in COLUMNS}))
    casts = ", ".join(f"{name}::{kind}" for name, kind in COLUMNS.items())
    connection.execute(f"insert into personal.int_customer_record__compare select {casts} from content")
    connection.unregister("content")
