"""How systems write people down: accounts, guests, loyalty cards and respondents, with the slips of real life.

Belongs here: names, addresses, e-mails and phones as entered. Does not belong here: what is true of a person
(`people`), and the columns of any file. Nothing is real: e-mails use reserved domains, numbers are made up.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Final, Literal

import pyarrow as pa

from ingestion.sample import names
from ingestion.sample.catalogue import COUNTRIES
from ingestion.sample.draws import Draws, Ints
from ingestion.sample.people import People

Kind = Literal["account", "guest", "card", "respondent"]
DOMAINS: Final = ("mail.example", "post.example", "inbox.example", "letter.example", "home.example")
PLACEHOLDER_EMAILS: Final = ("noemail@shop.example", "test@test.com", "-", "none@none.gr")
PLACEHOLDER_PHONES: Final = ("0000000", "6900000000", "-1", "1234567890")
_TEXTS: Final = """
    email phone new_phone first_name last_name birth_date gender
    street new_street postcode city country_code language_code
"""
FACE: Final = pa.schema(
    [("person", pa.int64()), ("nth", pa.int64()), *((name, pa.string()) for name in _TEXTS.split())]
)
_EPOCH: Final = dt.date(1970, 1, 1)
# Share of records that show an e-mail, a phone, a date of birth.
_SHOWN: Final[dict[Kind, tuple[float, float, float]]] = {
    "account": (1.0, 0.7, 0.45),
    "guest": (1.0, 0.75, 0.0),
    "card": (0.72, 0.8, 0.7),
    "respondent": (0.9, 0.15, 0.0),
}


def card_number(person_id: int, nth: int) -> str:
    """Return the number on a card: 13 digits that begin with 29, as numbers for a shop's own use do."""
    return f"29{person_id:010}{nth}"


def faces(draws: Draws, people: People, kind: Kind, counts: Ints) -> pa.Table:
    """Return `counts` records per person of one kind, with the columns of `FACE`."""
    columns: dict[str, list[object]] = {name: [] for name in FACE.names}
    for nth in range(int(counts.max(initial=0))):
        luck = _Luck(draws, people, kind, nth)
        for person in (counts > nth).nonzero()[0].tolist():
            for name, value in zip(FACE.names, luck.face(person), strict=True):
                columns[name].append(value)
    return pa.table(columns, schema=FACE)


class _Luck:
    """The records of one kind and number in one chunk; draws are made for the whole chunk at once."""

    def __init__(self, draws: Draws, people: People, kind: Kind, nth: int) -> None:
        self.people, self.kind, self.nth = people, kind, nth
        self._draws = draws
        self._values: dict[str, list[float]] = {}

    def _u(self, topic: str, person: int, *, own: bool = True) -> float:
        """Return a draw; `own` draws differ between the records of a person, the others do not."""
        name = f"{self.kind} {self.nth} {topic}" if own else topic
        if name not in self._values:
            self._values[name] = self._draws.uniform(name, self.people.ids).tolist()
        return self._values[name][person]

    def face(self, person: int) -> tuple[object, ...]:
        """Return one record in the order of `FACE`."""
        people = self.people
        country = COUNTRIES[int(people.country[person])]
        first, last = self._names(person)
        email, phone, birth = (share > self._u(f"shows {k}", person) for k, share in enumerate(_SHOWN[self.kind]))
        born = _EPOCH + dt.timedelta(days=int(people.birth_day[person]))
        head = int(people.head[person])
        numbers = [str(1 + int(self._u(topic, head, own=False) * 140)) for topic in ("house", "new house")]
        street = self._place(names.STREETS, "street", head)[self._is_latin(person)]
        city = self._place(names.CITIES, "city", head)
        return (
            person,
            self.nth,
            self._email(person) if email else None,
            self._phone(person, 0) if phone else None,
            self._phone(person, 1) if phone else None,
            first,
            last,
            born.isoformat() if birth else None,
            ("F" if people.is_woman[person] else "M") if self._u("gender", person) < 0.8 else None,
            street.format(numbers[0]),
            street.format(numbers[1]),
            self._postcode(city[2], head),
            city[self._is_latin(person)],
            country.code,
            country.language,
        )

    def _is_latin(self, person: int) -> bool:
        country = int(self.people.country[person])
        # The tills know Greek and plain Latin letters only.
        return country != 0 if self.kind == "card" else self._u("latin", person) < (0.4 if country == 0 else 0.3)

    def _place(self, lists: tuple[list[list[str]], ...], topic: str, head: int) -> list[str]:
        rows = lists[int(self.people.country[head])]
        luck = self._u(topic, head, own=False)
        return rows[int(luck * luck * len(rows))]

    def _postcode(self, pattern: str, head: int) -> str:
        digits = iter(f"{int(self._u('postcode', head, own=False) * 10**6):06}")
        letters = "".join("ABDEFGHJLNPQRSTUWXYZ"[int(d)] if c == "X" else d for c, d in _zip_digits(pattern, digits))
        return letters

    def _names(self, person: int) -> tuple[str, str]:
        people, country = self.people, int(self.people.country[person])
        woman = bool(people.is_woman[person])
        given = (names.WOMEN if woman else names.MEN)[country][int(people.given[person])]
        family = names.FAMILIES[country][int(people.family[person])]
        latin = self._is_latin(person)
        first = given[latin + 2 * (self._u("short form", person) < 0.14)]
        last = family[woman + 2 * latin]
        luck = self._u("slip", person)
        if self.kind == "card" and country == 0 and self._u("capitals", person) < 0.8:
            first, last = capitals(first), capitals(last)
        if luck < 0.015 and len(last) > 5:
            cut = 2 + int(self._u("where", person) * (len(last) - 3))
            last = last[:cut] + last[cut + 1] + last[cut] + last[cut + 2 :] if cut + 2 <= len(last) else last
        elif luck < 0.035:
            first, last = f" {first}", capitals(last) if country == 0 else last.upper()
        elif luck < 0.05:
            first, last = last, first
        return first, last

    def _email(self, person: int) -> str:
        luck = self._u("email", person)
        if self.kind == "card" and luck < 0.03:
            return PLACEHOLDER_EMAILS[int(luck * 100) % len(PLACEHOLDER_EMAILS)]
        head = int(self.people.head[person])
        shares = head != person and self._u("shares e-mail", person, own=False) < 0.35
        box = 1 if self.nth or (self.kind != "account" and luck > 0.85) else 0
        address = self._address(head if shares else person, box)
        if luck < 0.045:
            name, domain = address.split("@")
            return f"{name[:-2]}{name[-1]}@{domain}" if luck < 0.038 else f"{name}@{domain[0]}{domain[2:]}"
        if luck < 0.12:
            return address.upper() if luck < 0.06 else address.capitalize()
        return f" {address} " if luck < 0.14 else address

    def _address(self, person: int, box: int) -> str:
        people, country = self.people, int(self.people.country[person])
        woman = bool(people.is_woman[person])
        given = (names.WOMEN if woman else names.MEN)[country][int(people.given[person])]
        family = names.FAMILIES[country][int(people.family[person])][2 + woman].replace(" ", "")
        domain = DOMAINS[int(self._u(f"domain {box}", person, own=False) * len(DOMAINS))]
        number = int(people.ids[person])
        name = f"{given[1]}.{family}{number}" if box == 0 else f"{given[3]}{number}.{family[:4]}"
        return f"{name}@{domain}".lower()

    def _phone(self, person: int, version: int) -> str:
        luck = self._u("phone", person)
        if self.kind == "card" and luck < 0.02:
            return PLACEHOLDER_PHONES[int(luck * 200) % len(PLACEHOLDER_PHONES)]
        country = COUNTRIES[int(self.people.country[person])]
        # Multiplying by a number that is prime to 10^7 gives every person another number.
        tail = (int(self.people.ids[person]) * 7_654_321 + 1_234_567 + version * 5_000_000) % 10_000_000
        return _written(country.calling_code, f"{country.mobile_prefix}{tail:07}", self._u("phone style", person))


def _zip_digits(pattern: str, digits: object) -> list[tuple[str, str]]:
    return [(c, next(digits) if c in "#X" else c) for c in pattern]  # type: ignore[call-overload]


def _written(code: str, national: str, style: float) -> str:
    """Return a number the way people write it; the trunk prefix is what each country dials first."""
    trunk = {"30": "", "36": "06"}.get(code, "0")
    if style < 0.35:
        return f"+{code}{national}"
    if style < 0.5:
        return f"+{code} {national[:3]} {national[3:6]} {national[6:]}"
    if style < 0.6:
        return f"00{code}{national}"
    if style < 0.8:
        return f"{trunk}{national}"
    if style < 0.93:
        return f"{trunk}{national[:2]}-{national[2:5]} {national[5:]}"
    return f"({trunk}{national[:3]}) {national[3:]}"


def capitals(text: str) -> str:
    """Return a text in capitals without accents, as tills print Greek."""
    plain = unicodedata.normalize("NFD", text.upper())
    return "".join(character for character in plain if not unicodedata.combining(character))
