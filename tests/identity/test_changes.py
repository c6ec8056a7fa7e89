"""Ids live as long as the record that was seen first, and an old id always leads to the living one."""

from __future__ import annotations

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


def test_an_old_id_resolves_through_any_chain() -> None:
    merges = {"a": "b", "b": "c", "c": "d", "erased": "nobody", "back": "d"}
    assert resolve_aliases(merges, {"d", "back"}) == {"a": "d", "b": "d", "c": "d", "erased": None}
