"""Two names are one person's whichever of them is asked first; a gender apart they never are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity.names import Name, families_agree, names_agree, words_agree

# Few letters, so that drawn words are often near one another.
words = st.text("aeoilmrstk", min_size=1, max_size=8) | st.sampled_from(
    ["maria", "mario", "alex", "alexandros", "georgios", "georgia", "g", "m", "xristos", "xristina"]
)


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a word and the same word after a few slips of the hand."""
    word = draw(words)
    other = word
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(other) - 1))
        slip = draw(st.sampled_from(["drop", "add", "change", "turn", "cut"]))
        letter = draw(st.sampled_from("aeoist"))
        other = {
            "drop": other[:at] + other[at + 1 :],
            "add": other[:at] + letter + other[at:],
            "change": other[:at] + letter + other[at + 1 :],
            "turn": other[:at] + other[at : at + 2][::-1] + other[at + 2 :],
            "cut": other[: at + 1],
        }[slip] or other
    return word, other


@st.composite
def names(draw: st.DrawFn, word: st.SearchStrategy[str] = words) -> Name:
    given_word = draw(st.none() | word)
    readings = draw(st.frozensets(word, max_size=2)) | ({given_word} if given_word else set())
    return Name(given_word, readings if given_word else frozenset(), draw(st.none() | word))


@settings(max_examples=300, deadline=None)
@given(neighbours() | st.tuples(words, words), st.booleans())
def test_words_agree_in_both_directions_and_with_themselves(pair: tuple[str, str], is_given: bool) -> None:
    one, other = pair
    assert words_agree(one, one, is_given=is_given)
    assert words_agree(one, other, is_given=is_given) is words_agree(other, one, is_given=is_given)
    if words_agree(one, other, is_given=True):
        assert words_agree(one, other), "a given name is held to more than a family name"


@settings(max_examples=200, deadline=None)
@given(names(), names())
def test_names_agree_in_both_directions_and_with_themselves(one: Name, other: Name) -> None:
    for agree in (names_agree, families_agree):
        assert agree(one, one)
        assert agree(one, other) is agree(other, one)
        assert agree(one, Name(None))


@settings(max_examples=100, deadline=None)
@given(names(), names(), words)
def test_another_reading_never_parts_two_names(one: Name, other: Name, reading: str) -> None:
    if one.given and names_agree(one, other):
        assert names_agree(one._replace(readings=one.readings | {reading}), other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mario", "maria"),
        ("marios", "maria"),
        ("xristos", "xristina"),
        ("christos", "christina"),
        ("georgios", "georgia"),
        ("giorgos", "georgia"),
        ("gabriel", "gabriela"),
        ("gabriel", "gabriella"),
        ("daniel", "daniela"),
        ("stefan", "stefania"),
        ("ioan", "ioana"),
        ("anna", "anamaria"),
        ("petros", "petra"),
        ("eva", "ida"),
        ("jo", "al"),
        ("maria", "g"),
    ],
)
def test_given_names_of_two_people_differ(one: str, other: str) -> None:
    assert not names_agree(Name(one, frozenset((one,))), Name(other, frozenset((other,))))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alex", "alexandros"),
        ("alex", "alexandra"),
        ("g", "georgios"),
        ("c", "konstadinos"),
        ("p", "fanourios"),
        ("georgios", "goergios"),
        ("maria", "mariia"),
        ("maria", "maira"),
        ("anders", "andesr"),
        ("mariao", "maraio"),
        ("katerina", "kathrina"),
        ("istvan", "istvam"),
    ],
)
def test_initials_short_forms_and_slips_agree(one: str, other: str) -> None:
    assert names_agree(Name(one, frozenset((one,))), Name(other, frozenset((other,))))


def test_letters_that_changed_places_at_the_end_agree_whatever_the_ending() -> None:
    assert words_agree("georgios", "georgiso", is_given=True)
    assert words_agree("maria", "marai", is_given=True)
    assert not words_agree("maria", "mario", is_given=True)


def test_a_nickname_agrees_with_each_of_its_readings_and_with_nothing_else() -> None:
    alex = Name("alex", frozenset(("alex", "alexandros", "alexia")))
    sasa = Name("sasa", frozenset(("sasa", "alexandros", "alexandra")))
    assert names_agree(alex, Name("alexandros", frozenset(("alexandros",))))
    assert names_agree(alex, sasa)
    assert names_agree(sasa, Name("alexandra", frozenset(("alexandra",))))
    assert names_agree(sasa, Name("alxeandra", frozenset(("alxeandra",)))), "a reading may be misspelt"
    assert not names_agree(sasa, Name("georgios", frozenset(("georgios",))))


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("papadopoulos", "papadopoulou", True),
        ("papadopoulos", "papas", False),
        ("papadopoulos", "papa", True),
        ("szabo", "sabo", True),
        ("kiss", "nagy", False),
        ("k", "kiss", True),
    ],
)
def test_families_agree_on_short_forms_and_slips_of_any_ending(one: str, other: str, is_one: bool) -> None:
    assert families_agree(Name(None, family=one), Name("anna", family=other)) is is_one
