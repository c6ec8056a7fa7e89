"""Phone numbers in E.164 as Google's phonenumbers reads them, for every country and every way to write."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import duckdb
import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, ValidationResult

from tests.identity.phone_plans import SEED, render_seed
from tests.identity.standardise import STORE, open_warehouse, put, standardise

MODEL = "int_customer_phone__standardise"
TYPES = [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.VOIP]
FORMATS = [
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.E164,
    PhoneNumberFormat.RFC3966,
]
Case = tuple[str, str]
FULL_WIDTH = {ord("+"): "\uff0b"} | {ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)}
ARABIC = {ord("0") + digit: chr(0x0660 + digit) for digit in range(10)}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = open_warehouse()
    # What the shop blocks is a choice of its own, and no question of reading numbers.
    connection.execute("delete from identity_placeholder where placeholder_kind like 'phone%'")
    return connection


def test_the_seed_is_what_the_metadata_says() -> None:
    assert SEED.read_text(encoding="utf-8") == render_seed(), "run python -m tests.identity.phone_plans"


def plan_of(region: str) -> PhoneMetadata:
    plan = PhoneMetadata.metadata_for_region(region)
    assert plan is not None
    return plan


def expected(text: str, region: str | None) -> str | None:
    """Return what phonenumbers makes of a number: E.164 when it has a possible length, else None."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if possible else None


def written(number: phonenumbers.PhoneNumber, region: str) -> Iterator[str]:
    """Yield a number in the forms that people and systems write."""
    formatted = [phonenumbers.format_number(number, form) for form in FORMATS]
    national, international, e164, _ = formatted
    yield from formatted
    yield phonenumbers.format_out_of_country_calling_number(number, region)
    yield phonenumbers.format_out_of_country_calling_number(number, "US" if region != "US" else "GR")
    yield "00" + e164[1:]
    yield e164[1:]
    yield national.replace(" ", "-").replace("(", "").replace(")", "")
    yield f" {international.replace(' ', '.')} "
    yield f"Tel: {international}"
    yield international.replace("-", "\u2010").replace(" ", "\u00a0")
    yield f"({international[: international.index(' ')]}) {international[international.index(' ') + 1 :]}"
    yield e164.translate(FULL_WIDTH)
    yield e164.translate(ARABIC)
    yield from (f"{national}{extension}" for extension in (" ext. 12", " x123", "#45", ";ext=7", " extn 9", ",12"))
    yield f"tel:{e164};ext=3"
    yield f"tel:{phonenumbers.national_significant_number(number)};phone-context=+{number.country_code}"
    yield f"{e164};isub=12345"
    yield f"+{number.country_code} (0){phonenumbers.national_significant_number(number)}"


def cases() -> list[Case]:
    made: list[Case] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in TYPES:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                made += [(text, region) for text in written(number, region)]
    return made


def noise() -> list[Case]:
    """Return figures that nobody has chosen, behind everything that may stand before a number."""
    chance, made = random.Random(20261031), list[Case]()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan = plan_of(region)
        code, trunk = str(plan.country_code), plan.national_prefix or "0"
        before = ["", "", trunk, "00", "+", "+" + code, code, "00" + code, f"+{code}{trunk}", code + trunk, "011", "0"]
        for _ in range(60):
            figures = "".join(chance.choices("0123456789", k=chance.randint(4, 13)))
            made.append((chance.choice(before) + figures, region))
    return made


def is_double_zero_elsewhere(text: str, region: str) -> bool:
    """Return whether a number begins with 00 in a country where something else is dialled to call abroad, and is no
    number of that country: people write what is dialled at home, so it is read as an international prefix.
    """
    if not text.strip().startswith("00") or plan_of(region).international_prefix == "00":
        return False
    try:
        return not phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return True


def is_plus_before_trunk(text: str, region: str) -> bool:
    """Return whether a plus sign stands before a national number: no calling code begins with 0."""
    return text.startswith("+0")


EXCEPTIONS = (is_double_zero_elsewhere, is_plus_before_trunk)


@pytest.mark.parametrize("made", [cases, noise])
def test_numbers_are_read_as_phonenumbers_reads_them(
    connection: duckdb.DuckDBPyConnection, made: Callable[[], list[Case]]
) -> None:
    pairs = made()
    records = [{"phone": text, "country_code": region} for text, region in pairs]
    read = standardise(connection, MODEL, records)
    reasons, wrong, known = Counter[str](), [], 0
    for position, (text, region) in enumerate(pairs):
        want, have = expected(text, region), read[str(position)]["phone"]
        known += want is not None
        if want != have:
            reason = next((exception.__name__ for exception in EXCEPTIONS if exception(text, region)), None)
            reasons[reason or "none"] += want is not None
            wrong += [] if reason else [(text, region, want, have)]
    print(f"{len(pairs)} texts, {known} numbers, read otherwise: {dict(reasons)}")  # noqa: T201
    assert wrong == []
    assert known > 4_000
    assert sum(reasons.values()) < (0.001 if made is cases else 0.02) * known


def test_numbers_without_a_country_are_read_when_they_name_it(connection: duckdb.DuckDBPyConnection) -> None:
    pairs = [(text, region) for text, region in cases() if text.startswith(("+", "(+", "tel:+", "Tel: +"))]
    read = standardise(connection, MODEL, [{"phone": text} for text, _ in pairs])
    wrong = [
        (text, want, read[str(position)]["phone"])
        for position, (text, _) in enumerate(pairs)
        if (want := expected(text, None)) != read[str(position)]["phone"]
    ]
    assert wrong == []


def test_the_shops_own_number_names_no_customer_however_it_is_written(connection: duckdb.DuckDBPyConnection) -> None:
    store = {"source_system": "till", "store_id": "1", "phone": "210 3214567", "country_code": "GR"}
    put(connection, "stg_pos__stores", STORE, [store])
    records = [{"phone": text, "country_code": "GR"} for text in ("+30 210-3214567", "2103214567", "2103214568")]
    read = standardise(connection, MODEL, records)
    put(connection, "stg_pos__stores", STORE, [])
    assert [read[key]["phone"] for key in "012"] == [None, None, "+302103214568"]
    assert read["0"]["dropped_reason"] == "shop-owned: the number of a store"
