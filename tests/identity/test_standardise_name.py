"""Names meet across scripts, keyboards, nicknames and orders, and names of two people stay two."""

from __future__ import annotations

import duckdb
import pytest

from tests.identity.standardise import open_warehouse, standardise

MODEL = "int_customer_name__standardise"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return open_warehouse()


TYPED = [
    ("Dhmhtrhs 8eodwrou", "Δημήτρης Θεοδώρου"),
    ("Xrhstos Xatzhs", "Χρήστος Χατζής"),
    ("Katerina 3an8oy", "Κατερίνα Ξάνθου"),
    ("Mixahl Papadakhs", "Μιχαήλ Παπαδάκης"),
    ("Panagiwths Paulou", "Παναγιώτης Παύλου"),
    ("Zwh Hlia", "Ζωή Ηλία"),
    ("Aggelikh Eustathiou", "Αγγελική Ευσταθίου"),
    ("Basilikh Mpalta", "Βασιλική Μπαλτά"),
    ("8eodwra 4arou", "Θεοδώρα Ψαρού"),
    ("Eirhnh Giannakopoulou", "Ειρήνη Γιαννακοπούλου"),
    ("Agaph Karampinh", "Αγάπη Καραμπίνη"),
    ("Dionyshs Lamprou", "Διονύσης Λάμπρου"),
    ("ALEXANDROS KWNSTANTINOY", "Αλέξανδρος Κωνσταντίνου"),
]
ELSEWHERE = ["Ruth Smiths", "Hugh Wright", "Sarah Whitehead", "Xavier Hughes", "Laura Strauss"]
FORMS = [
    ("GR", "Κωνσταντίνος Κώστας Kostas Ντίνος Constantinos Kwstas"),
    ("GR", "Ιωάννης Γιάννης Yannis Giannis John"),
    ("GR", "Αικατερίνη Κατερίνα Katerina Κατίνα"),
    ("HU", "István Pisti Pista"),
    ("HU", "Erzsébet Erzsi Bözsi Zsóka"),
    ("RO", "Gheorghe Ghiță George Gigel"),
    ("RO", "Alexandru Sandel Alecu"),
    ("SE", "Karl Kalle Carl"),
    ("SE", "Fredrik Fredde Fredric"),
    ("GB", "William Bill Billy Will"),
    ("GB", "Margaret Peggy Maggie"),
]


def keys(connection: duckdb.DuckDBPyConnection, names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the keys of names, each a text of given and family name and a country."""
    parted = [(*name.split(), country) for name, country in names]
    records = [{"first_name": given, "last_name": family, "country_code": country} for given, family, country in parted]
    rows = standardise(connection, MODEL, records)
    return [(rows[str(at)]["given_key"], rows[str(at)]["family_key"]) for at in range(len(names))]


WRITTEN = [
    ({"first_name": "Γιώργος", "last_name": "Παπαδόπουλος", "country_code": "GR"}, "giorgos papadopoulos"),
    ({"first_name": "ΓΙΩΡΓΟΣ", "last_name": "ΠΑΠΑΔΟΠΟΥΛΟΣ", "country_code": "GR"}, "giorgos papadopoulos"),
    ({"first_name": "Giorgos", "last_name": "Papadopoulos"}, "giorgos papadopoulos"),
    ({"first_name": "Giwrgos", "last_name": "8eodwridhs", "country_code": "GR"}, "giorgos theodoridis"),
    ({"first_name": "Ruth", "last_name": "Smiths", "country_code": "GB"}, "ruth smiths"),
    ({"first_name": "Károly", "last_name": "Kőszegi"}, "karoly koszegi"),
    ({"full_name": "Kőszegi Pisti", "country_code": "HU"}, "pisti koszegi"),
    ({"full_name": "István Nagy", "country_code": "HU"}, "istvan nagy"),
    ({"full_name": "Bársony Csenge", "country_code": "HU"}, "csenge barsony"),
    ({"full_name": "Sjöström Åke", "country_code": "SE"}, "ake sjostrom"),
    ({"first_name": "Dr. Ann Mari", "last_name": "Berg", "country_code": "SE"}, "ann mari berg"),
    ({"first_name": "Rareș", "last_name": "Ștefănescu"}, "rares stefanescu"),
    ({"first_name": "Rareş", "last_name": "Ştefănescu"}, "rares stefanescu"),
    ({"first_name": "Åke", "last_name": "Sjöström"}, "ake sjostrom"),
    ({"full_name": "Högqvist A."}, "a hogqvist"),
    ({"full_name": "Smith, Mary Ann"}, "mary ann smith"),
    ({"first_name": "Guest", "last_name": "-"}, ""),
]


def test_a_name_is_the_same_in_every_script_and_order(connection: duckdb.DuckDBPyConnection) -> None:
    rows = standardise(connection, MODEL, [record for record, _ in WRITTEN])
    read = [rows[str(at)] for at in range(len(WRITTEN))]
    names = [" ".join(filter(None, (row["given_name"], row["family_name"]))) for row in read]
    assert names == [name for _, name in WRITTEN]


def test_greek_typed_on_a_latin_keyboard_is_greek(connection: duckdb.DuckDBPyConnection) -> None:
    typed = keys(connection, [(typed, "GR") for typed, _ in TYPED])
    assert typed == keys(connection, [(meant, "GR") for _, meant in TYPED])


def test_the_same_letters_mean_what_they_say_elsewhere(connection: duckdb.DuckDBPyConnection) -> None:
    british = keys(connection, [(name, "GB") for name in ELSEWHERE])
    assert british == keys(connection, [(name, "FR") for name in ELSEWHERE])
    assert [family for _, family in british] == ["smits", "vright", "vhitehead", "hughes", "straus"]


def test_everyday_forms_have_the_key_of_the_full_name(connection: duckdb.DuckDBPyConnection) -> None:
    asked = [(f"{form} Xx", country) for country, forms in FORMS for form in forms.split()]
    found = iter(keys(connection, asked))
    groups = {forms: {next(found)[0] for _ in forms.split()} for _, forms in FORMS}
    assert {forms: given for forms, given in groups.items() if len(given) > 1} == {}


SEVERAL = [
    ("GR", "Λένα", ["Ελένη", "Μαγδαληνή"]),
    ("GR", "Βίκυ", ["Βασιλική", "Βικτωρία"]),
    ("HU", "Gabi", ["Gábor", "Gabriella"]),
    ("RO", "Adi", ["Adrian", "Adriana"]),
    ("SE", "Adde", ["Anders", "Andreas"]),
    ("GB", "Chris", ["Christopher", "Christine"]),
    ("GB", "Alex", ["Alexander", "Alexandra"]),
]


def test_a_nickname_of_several_names_lists_them_and_is_none_of_them(connection: duckdb.DuckDBPyConnection) -> None:
    words = [(word, country) for country, nickname, names in SEVERAL for word in (nickname, *names)]
    records = [{"first_name": word, "last_name": "X", "country_code": country} for word, country in words]
    rows = standardise(connection, MODEL, records)
    found = iter([rows[str(at)] for at in range(len(words))])
    for _, _, names in SEVERAL:
        nickname, full = next(found), {next(found)["given_key"] for _ in names}
        assert full <= set(nickname["given_keys"].split())
        assert nickname["given_key"] not in full


def test_no_certain_nickname_leads_from_one_name_to_two(connection: duckdb.DuckDBPyConnection) -> None:
    doubtful = """select language_code, nickname_key from int_given_name__relate
        where given_key is not null and given_keys <> given_key"""
    assert connection.sql(doubtful).fetchall() == []
    languages = "select language_code, count(*) from identity_nickname group by 1"
    assert min(count for _, count in connection.sql(languages).fetchall()) > 400


def test_words_that_are_family_names_elsewhere_are_so_in_one_field_and_in_swapped_fields(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    known = [{"first_name": "Ödön", "last_name": "Csiszár", "country_code": "HU"}] * 25
    asked = [
        {"full_name": "Ödön Csiszár", "country_code": "HU"},
        {"full_name": "Csiszár Ödön", "country_code": "SE"},
        {"first_name": "Csiszár", "last_name": "Ödön", "country_code": "HU"},
    ]
    rows = standardise(connection, MODEL, known + asked)
    assert [(rows[str(25 + at)]["given_name"], rows[str(25 + at)]["family_name"]) for at in range(3)] == [
        ("odon", "csiszar")
    ] * 3
