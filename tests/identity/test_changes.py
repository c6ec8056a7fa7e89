"""Ids live as long as the record that was seen first, and an old id always leads to the living one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity.changes import Event, Move, find_events, resolve_aliases


def test_an_id_whose_records_all_went_to_one_other_was_merged_into_it() -> None:
    assert find_events([Move("young", "old", 3)], {"old"}) == [Event("merge", "old", "young", 3)]


def test_records_that_left_a_living_id_were_split_off() -> None:
    assert find_events([Move("old", "old", 2), Move("old", "new", 1)], {"old", "new"}) == [
        Event("split", "old", "new", 1)
    ]


def test_an_id_that_was_scattered_goes_where_most_of_its_records_went() -> None:
    moves = [Move("gone", "a", 1), Move("gone", "b", 4), Move("gone", "c", 1)]
    assert find_events(moves, {"a", "b", "c"}) == [
        Event("merge", "b", "gone", 4),
        Event("split", "b", "a", 1),
        Event("split", "b", "c", 1),
    ]


def test_nothing_happened_when_no_record_moved() -> None:
    assert find_events([Move("a", "a", 5)], {"a"}) == []


def test_an_old_id_resolves_to_where_most_of_its_last_records_are() -> None:
    assert resolve_aliases(["a"], {"a": "d"}, {"a": [(1, "b")]}, {"b", "d"}) == {"a": "d"}


def test_an_old_id_without_records_resolves_through_any_chain() -> None:
    merges = {"a": [(1, "b")], "b": [(2, "c"), (1, "elsewhere")], "c": [(5, "d")], "erased": [(3, "nobody")]}
    assert resolve_aliases(["a", "b", "c", "erased"], {}, merges, {"d", "elsewhere"}) == {
        "a": "d",
        "b": "d",
        "c": "d",
        "erased": None,
    }


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abcde"), st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abcde")), max_size=4)
    ),
    st.sets(st.sampled_from("abcde")),
)
def test_no_log_leads_round_in_a_ring(merges: dict[str, list[tuple[int, str]]], living: set[str]) -> None:
    dead = set("abcde") - living
    assert set(resolve_aliases(dead, {}, merges, living).values()) <= living | {None}
