"""Names mean the same in SQL and in Python, and spellings of one name meet."""

from __future__ import annotations

import itertools
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from orchestration.identity.names import Name, names_agree

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "identity"
WORDS = st.one_of(st.none(), st.text("abeinos", min_size=1, max_size=8))


def render(call: str) -> str:
    """Return the SQL of a call of the identity macros; they use nothing but Jinja."""
    macros = "".join((MACROS / name).read_text(encoding="utf-8") for name in ("fold_name.sql", "names_agree.sql"))
    return (
        Environment(autoescape=False, extensions=["jinja2.ext.do"])
        .from_string(macros + "{{ " + call + " }}")
        .render()
        .strip()
    )


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    agree = render("names_agree('given_a', 'family_a', 'given_b', 'family_b')")
    connection.execute(f"create macro agree(given_a, family_a, given_b, family_b) as {agree}")
    for macro in ("fold_name", "merge_spellings", "merge_doubles"):
        body = render(f"{macro}('name')")
        connection.execute(f"create macro {macro}(name) as {body}")
    connection.execute("create macro fold(name) as fold_name(name)")
    connection.execute("create macro key(name) as merge_doubles(merge_spellings(name))")
    return connection


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=50))
def test_sql_and_python_agree_on_who_may_be_one_person(
    connection: duckdb.DuckDBPyConnection, quadruples: list[tuple[str | None, ...]]
) -> None:
    rows = ", ".join(f"({', '.join('null' if word is None else repr(word) for word in four)})" for four in quadruples)
    answers = connection.execute(f"select agree(a, b, c, d) from (values {rows}) as names (a, b, c, d)").fetchall()
    expected = [names_agree(Name(a, b), Name(c, d)) for a, b, c, d in quadruples]
    assert [answer for (answer,) in answers] == expected


@settings(deadline=None)
@given(WORDS, WORDS, WORDS, WORDS)
def test_agreement_has_no_direction(a: str | None, b: str | None, c: str | None, d: str | None) -> None:
    assert names_agree(Name(a, b), Name(c, d)) == names_agree(Name(c, d), Name(a, b))


@pytest.mark.parametrize(
    "spellings",
    [
        ("Γιώργος", "ΓΙΩΡΓΟΣ", "Giorgos", "Giorgós"),
        ("Παπαδόπουλος", "PAPADOPOULOS", "Papadopoulos"),
        ("Σταύρος", "Stavros", "Stafros"),
        ("Ευάγγελος", "Evangelos", "Evagelos"),
        ("Ξανθίππη", "Xanthippi", "Ksanthippi", "Xanthipi"),
        ("Χρήστος", "Christos", "Hristos", "Khristos"),
        ("Μπαλτάς", "Baltas", "Mpaltas"),
        ("Rareș", "Rareş", "RAREȘ", "Rares"),
        ("Őrsi", "ŐRSI", "Orsi"),
        ("Sjöström", "SJÖSTRÖM", "Sjostrom"),
        ("O\u2019Neill", "O'Neill", "ONEILL"),
        ("Ştefan", "S\u0327tefan", "Stefan"),
    ],
)
def test_spellings_of_one_name_have_one_key(connection: duckdb.DuckDBPyConnection, spellings: tuple[str, ...]) -> None:
    keys = {connection.execute("select key(fold(?))", [name]).fetchall()[0][0] for name in spellings}
    assert len(keys) == 1, keys


@pytest.mark.parametrize("pair", [("Christos", "Christina"), ("Maria", "Marios"), ("Mario", "Maria"), ("Anna", "Eva")])
def test_names_of_two_people_stay_two(connection: duckdb.DuckDBPyConnection, pair: tuple[str, str]) -> None:
    answer = connection.execute("select agree(key(fold(?)), null, key(fold(?)), null)", list(pair)).fetchall()[0][0]
    assert answer is False


def test_a_folded_name_is_folded_once(connection: duckdb.DuckDBPyConnection) -> None:
    for name in itertools.chain(("Γιώργος Παπαδόπουλος", "Szabó-Kőszegi  Zoltán", "Ångström"), (" O. ", "12", "")):
        once = connection.execute("select fold(?)", [name]).fetchall()[0][0]
        assert connection.execute("select fold(?)", [once]).fetchall()[0][0] == once
