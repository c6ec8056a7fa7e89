"""More records of the same kind: as many more people, with nothing in common but their names, and the same slips."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rapidfuzz.distance import OSA

from benchmarks.identity.grow import MOST, PLACEHOLDER_RECORDS
from benchmarks.identity.records import write_records
from orchestration.identity.facts import one_birth

# Anna's e-mail address has figures, Petros has moved, Ioanna was born on a leap day; Fay's postcode nobody else has. Of
# Maria's two dates one tells the year alone (no copy of hers is born on 1 January); of Nikos nothing else is known.
PEOPLE = """\
record_id,first_name,email,phone,loyalty_card,birth_date,birth_year,street_no,postcode,city,country,truth
1,Anna,anna7@x.gr,+30 694 412 3456,1000007134,1979-09-06,1979,5,10431,Athina,GR,1
2,Ana,anna7@x.gr,6944123456,1000007134,1979-06-09,1979,5,10431,Αθήνα,GR,1
3,Anna,anna7+shop@x.gr,,,1979-01-01,1979,,,,GR,1
4,Anna,,,,1979-09-06,1979,,,,GR,1
11,Anna,,,,,1979,,,,GR,1
5,Petros,petros@x.gr,6900000017,1000000099,1964-11-12,,12A,54622,Thessaloniki,GR,2
6,Petros,petros@x.gr,6900000017,1000000099,1964-11-13,,7,26221,Patra,GR,2
7,Petros,petros@x.gr,6900000017,1000000099,1964-11-12,,12A,54622,Thessaloniki,GR,2
8,Ioanna,i.k@x.gr,6912345678,1000119340,2000-02-29,2000,1,54622,,GR,3
10,Fay,fay100@x.uk,,,,1931,,,,GB,4
9,Fay,fay100@x.uk,07700900123,1000119341,,1931,12,SW1A 1AA,London,GB,4
14,Maria,maria@x.gr,,,1972-05-27,,,54622,,GR,5
15,Maria,maria@x.gr,,,1972-01-01,,,54622,,GR,5
16,Nikos,nikos@x.gr,,,1966-01-01,,,54622,,GR,6
"""
TOLD = (
    "email", "phone", "loyalty_card_number", "birth_date", "birth_year", "house_number", "postcode", "city",
    "first_name",
)  # fmt: skip
Person = dict[str, set[Any]]


def people_of(text: str, folder: Path, times: int) -> dict[str, Person]:
    """Return, per person of a file grown so many times, what their records say."""
    path = folder / "records.csv"
    path.write_text(text, encoding="utf-8")
    write_records(folder / "warehouse.duckdb", path, times=times)
    people: defaultdict[str, Person] = defaultdict(lambda: defaultdict(set))
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        usual = "mode(birth_date order by birth_date) over (partition by truth)"
        query = f"select truth, {usual}, {', '.join(TOLD)} from personal.int_customer_record__unify"
        for truth, usually_born, *values in connection.execute(query).fetchall():
            people[truth]["usually_born"].add(usually_born)
            for name, value in zip(TOLD, values, strict=True):
                if value is not None:
                    people[truth][name].add(value)
            house_number, postcode = values[5:7]
            people[truth]["home"].add((house_number, postcode))
    return people


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    return people_of(PEOPLE, tmp_path_factory.mktemp("grown"), MOST)


def copies(people: dict[str, Person], truth: str) -> list[Person]:
    return [people[truth], *(people[f"{truth}-{copy}"] for copy in range(1, MOST))]


def figures(number: str) -> str:
    """Return a phone number's national figures: those that every way of writing it has."""
    return re.sub(r"\D", "", number)[-9:]


@pytest.mark.parametrize(
    ("column", "read"),
    [
        ("email", lambda address: re.split("[@+]", address)[0]),
        ("phone", figures),
        ("loyalty_card_number", str),
    ],
)
@pytest.mark.parametrize("truth", "1234")
def test_no_identifier_of_a_copy_is_one_slip_from_anothers(
    people: dict[str, Person], truth: str, column: str, read: Callable[[str], str]
) -> None:
    told = [{read(value) for value in person[column]} for person in copies(people, truth)]
    assert all(len(values) == 1 for values in told), "what a person's records share, a copy's share"
    assert all(OSA.distance(a, b) > 1 for (a,), (b,) in itertools.combinations(told, 2))


@pytest.mark.parametrize("truth", "123")
def test_no_birth_date_of_a_copy_may_be_anothers(people: dict[str, Person], truth: str) -> None:
    born = [f"{date:%Y%m%d}" for person in copies(people, truth) for date in person["usually_born"]]
    assert len(born) == MOST
    assert not any(one_birth(a, b) for a, b in itertools.combinations(born, 2))


@pytest.mark.parametrize("truth", "1234")
def test_no_two_copies_live_in_one_home(people: dict[str, Person], truth: str) -> None:
    homes = [
        {(number, place) for number, place in person["home"] if number and place} for person in copies(people, truth)
    ]
    assert all(homes)
    shared = [len(a & b) for a, b in itertools.combinations(homes, 2)]
    assert sum(shared) == 0, "there are fewer places than copies, so the house numbers differ"


def test_a_copy_makes_the_mistakes_of_the_person_it_is_copied_from(people: dict[str, Person]) -> None:
    for anna in copies(people, "1"):
        assert anna["first_name"] == {"Anna", "Ana"}
        assert len(anna["postcode"]) == 1
        (year,) = anna["birth_year"]
        assert {date.year for date in anna["birth_date"]} == {year}
        rest = sorted(date for date in anna["birth_date"] if (date.month, date.day) != (1, 1))
        assert len({frozenset((date.month, date.day)) for date in rest}) <= 1, "day and month are swapped"
        assert any((date.month, date.day) == (1, 1) for date in anna["birth_date"]), "only the year is known"
    assert all(len(fay["birth_year"]) == 1 for fay in copies(people, "4"))
    for maria in copies(people, "5"):
        year_alone, born = sorted(maria["birth_date"])
        assert (year_alone.month, year_alone.day) == (1, 1)
        assert (born.month, born.day) != (1, 1), "the date that is sure is moved as a date"
        assert year_alone.year == born.year
    for nikos in copies(people, "6"):
        assert {(date.month, date.day) for date in nikos["birth_date"]} == {(1, 1)}, "nothing but the year is known"
    for petros in copies(people, "2"):
        first, second = sorted(petros["birth_date"])
        assert (second - first).days == 1
        assert len(petros["postcode"]) == 2, "who has moved has moved"


def test_a_city_goes_with_its_postcode(people: dict[str, Person]) -> None:
    cities = {"10431": {"Athina", "Αθήνα"}, "54622": {"Thessaloniki"}, "26221": {"Patra"}, "SW1A1AA": {"London"}}
    for person in people.values():
        places = {place.replace(" ", "") for place in person["postcode"]}
        assert person["city"] <= set().union(*(cities[place] for place in places))


def test_what_many_records_give_is_copied_as_it_is(tmp_path: Path) -> None:
    shared = range(PLACEHOLDER_RECORDS + 1)
    rows = [f"{number},No,no@x.gr,0000000,,,,,,,GR,{number}" for number in shared]
    grown = people_of("\n".join([PEOPLE.splitlines()[0], *rows, ""]), tmp_path, 2)
    assert len(grown) == 2 * len(shared)
    assert all((person["email"], person["phone"]) == ({"no@x.gr"}, {"0000000"}) for person in grown.values())


def test_a_file_of_few_columns_is_grown(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("email,truth\na@x.gr,1\na@x.gr,1\nb@x.gr,2\n", encoding="utf-8")
    assert write_records(tmp_path / "warehouse.duckdb", path, times=3) == 9
    with pytest.raises(ValueError, match="--times 101: expected a number from 2 to 100"):
        write_records(tmp_path / "again.duckdb", path, times=101)


def test_the_order_of_a_file_does_not_change_its_copies(tmp_path: Path) -> None:
    header, *rows = PEOPLE.splitlines()
    tied = ["12,Eleni,,,,1980-01-02,1980,,54622,,GR,7", "13,Eleni,,,,1980-02-01,1980,,10431,,GR,7"]
    copied = []
    for name, lines in (("as_is", rows + tied), ("backwards", [*reversed(tied), *reversed(rows)])):
        folder = tmp_path / name
        folder.mkdir()
        copied.append(people_of("\n".join([header, *lines, ""]), folder, 12))
    assert copied[0] == copied[1]
