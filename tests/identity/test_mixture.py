"""The mixture finds what drew its pairs, says probabilities, and survives its file."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity import training
from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.mixture import (
    ANCHORED,
    CONTEMPORARIES,
    KINDS,
    STRANGERS,
    UNSHARED,
    Floats,
    Levels,
    Model,
    Whole,
    fit,
    initial_model,
    log_likelihoods,
    log_odds,
    mean_doublings,
    responsibilities,
    unpack,
)
from orchestration.identity.model_file import SHIPPED, read_model, write_model

DRAWN = 60_000
levels_of_pairs = st.lists(
    st.tuples(*(st.integers(-1, len(comparison.levels) - 1) for comparison in COMPARISONS)), min_size=1, max_size=20
)


def pack(levels: Levels) -> Whole:
    """Return the patterns as Splink's answers make them: 0 is unknown, then from disagreement up."""
    patterns, base = np.zeros(len(levels), np.int64), 1
    for number, comparison in enumerate(COMPARISONS):
        column = levels[:, number].astype(np.int64)
        patterns += np.where(column < 0, 0, len(comparison.levels) - column) * base
        base *= len(comparison.levels) + 1
    return patterns


@settings(max_examples=100, deadline=None)
@given(levels_of_pairs)
def test_unpacking_takes_packing_back(pairs: list[tuple[int, ...]]) -> None:
    levels = np.asarray(pairs, np.int8)
    assert (unpack(pack(levels)) == levels).all()
    assert pack(unpack(pack(levels))).tolist() == pack(levels).tolist()


def test_every_pattern_stands_for_other_answers() -> None:
    count = int(np.prod([len(comparison.levels) + 1 for comparison in COMPARISONS]))
    some = np.asarray(random.Random(1).sample(range(count), 5000), np.int64)
    levels = unpack(some)
    assert len(np.unique(levels, axis=0)) == len(some)
    assert (levels >= -1).all()
    assert (levels < [len(comparison.levels) for comparison in COMPARISONS]).all()


@settings(max_examples=60, deadline=None)
@given(levels_of_pairs)
def test_probabilities_add_up_and_odds_say_the_same(pairs: list[tuple[int, ...]]) -> None:
    likelihoods = log_likelihoods(read_model(), np.asarray(pairs, np.int8))
    kinds = responsibilities(likelihoods)
    assert np.allclose(kinds.sum(axis=1), 1)
    assert np.allclose(log_odds(likelihoods), np.log(kinds[:, 0]) - np.log(kinds[:, 1:].sum(axis=1)), atol=1e-6)


def test_what_is_unknown_is_no_evidence() -> None:
    model = read_model()
    nothing = np.full((1, len(COMPARISONS)), -1)
    assert np.allclose(log_likelihoods(model, nothing), np.log(model.shares))
    for number, comparison in enumerate(COMPARISONS):
        for level in range(len(comparison.levels)):
            one = nothing.copy()
            one[0, number] = level
            expected = np.log(model.shares) + model.evidence(comparison.name, level)
            assert np.allclose(log_likelihoods(model, one)[0], expected)


@pytest.fixture(scope="module")
def truth() -> Model:
    """A mixture other than the one that fitting starts from; what is not fitted is as it is held."""
    chance = np.random.default_rng(7)
    start = initial_model()
    answers = {}
    for name, table in start.answers.items():
        moved = table * chance.uniform(0.6, 1.6, table.shape)
        moved /= moved.sum(axis=0)
        if name in ANCHORED:
            moved[1:, 1:] *= (1 - table[0, 1:]) / moved[1:, 1:].sum(axis=0)
            moved[0, 1:] = table[0, 1:]
        moved[:, CONTEMPORARIES] = table[:, CONTEMPORARIES]
        answers[name] = moved
    return Model((0.5, 0.18, 0.14, 0.10, 0.05, 0.03), answers, 3.0, 4.0)


@pytest.fixture(scope="module")
def drawn(truth: Model) -> tuple[Whole, Floats]:
    """Patterns of pairs drawn from the truth, one answer in five unknown, and how many pairs have each."""
    chance = np.random.default_rng(11)
    kinds = chance.choice(len(KINDS), DRAWN, p=truth.shares)
    columns = []
    for comparison in COMPARISONS:
        upper = truth.answers[comparison.name].cumsum(axis=0)[:, kinds]
        column = np.minimum((chance.random(DRAWN) > upper).sum(axis=0), len(comparison.levels) - 1)
        columns.append(np.where(chance.random(DRAWN) < 0.2, -1, column))
    patterns, counts = np.unique(pack(np.stack(columns, axis=1)), return_counts=True)
    return patterns, counts.astype(np.float64)


def test_fitting_finds_the_mixture_that_drew_the_pairs(truth: Model, drawn: tuple[Whole, Floats]) -> None:
    found = fit(*drawn)
    assert np.allclose(found.shares, truth.shares, atol=0.015)
    start = initial_model()
    for comparison in COMPARISONS:
        near = np.abs(found.answers[comparison.name] - truth.answers[comparison.name])
        assert near.max() < 0.04, comparison.name
        assert np.allclose(found.answers[comparison.name].sum(axis=0), 1)
        assert (found.answers[comparison.name] > 0).all()
        if comparison.name in ANCHORED:
            same = start.answers[comparison.name][0, 1:]
            assert np.allclose(found.answers[comparison.name][0, 1:], same, atol=1e-5)
        by_chance = start.answers[comparison.name][:, CONTEMPORARIES]
        assert np.allclose(found.answers[comparison.name][:, CONTEMPORARIES], by_chance, atol=1e-5)
    assert sum(found.shares) == pytest.approx(1, abs=1e-5)
    assert found.training["pairs"] == DRAWN


def answers_of(**labels: str) -> Levels:
    """Return the levels of one pair; what is left out is unknown."""
    row = [-1] * len(COMPARISONS)
    for number, comparison in enumerate(COMPARISONS):
        if comparison.name in labels:
            row[number] = [level.label for level in comparison.levels].index(labels[comparison.name])
    return np.asarray([row], np.int8)


def test_one_birthday_and_one_given_name_make_no_person_of_two() -> None:
    strangers = answers_of(
        given_name="same", family_name="different", birth="same date", address="different", card="different"
    )
    moved = answers_of(given_name="same", family_name="same", birth="same date", address="different")
    assert log_odds(log_likelihoods(read_model(), strangers))[0] < 0
    assert log_odds(log_likelihoods(read_model(), moved))[0] > 0


def test_a_few_odd_pairs_of_one_person_make_no_household() -> None:
    """Fitted to five hundred pairs of one person each, the kinds that hardly occur keep what is known of them."""
    usual = answers_of(given_name="same", family_name="same", card="same", birth="same date", address="same")
    odd = answers_of(given_name="misspelt", family_name="same", card="different", address="same")
    model = fit(pack(np.concatenate([usual, odd])), np.asarray([495.0, 5.0]))
    assert (log_odds(log_likelihoods(model, np.concatenate([usual, odd]))) > 0).all()


@settings(max_examples=40, deadline=None)
@given(levels_of_pairs, st.integers(1, 100_000))
def test_strangers_share_no_address_whatever_the_pairs(pairs: list[tuple[int, ...]], count: int) -> None:
    model, start = fit(pack(np.asarray(pairs, np.int64)), np.full(len(pairs), float(count))), initial_model()
    for name in UNSHARED:
        most = start.answers[name][0, STRANGERS]
        assert (model.answers[name][0, STRANGERS] <= most + 1e-5).all()
        assert np.allclose(model.answers[name].sum(axis=0), 1)


def test_fitting_does_not_depend_on_the_order_of_the_patterns(drawn: tuple[Whole, Floats]) -> None:
    patterns, counts = drawn
    order = np.random.default_rng(3).permutation(len(patterns))
    one, other = fit(patterns, counts), fit(patterns[order], counts[order])
    assert one.shares == other.shares
    assert all((one.answers[name] == other.answers[name]).all() for name in one.answers)
    assert one.training == other.training


def test_without_pairs_fitting_keeps_what_it_starts_from(truth: Model) -> None:
    found = fit(np.empty(0, np.int64), np.empty(0), truth)
    assert all(np.allclose(found.answers[name], truth.answers[name], atol=1e-5) for name in truth.answers)
    assert (found.namesake_doublings, found.area_doublings) == (3.0, 4.0)


def test_doublings_are_those_of_the_mean_count() -> None:
    assert mean_doublings(np.asarray([0.0, 2.0]), np.asarray([1.0, 1.0])) == pytest.approx(np.log2(2.5), abs=1e-6)
    assert mean_doublings(np.asarray([1.0, 5.0]), np.asarray([1.0, 0.0])) == 1.0
    assert mean_doublings(np.empty(0), np.empty(0)) == 0.0


def test_a_model_is_read_as_it_was_written(truth: Model, tmp_path: Path) -> None:
    path = tmp_path / "models" / "ours.json"
    version = write_model(truth, path)
    read = read_model(path)
    assert read.shares == truth.shares
    assert (read.namesake_doublings, read.area_doublings) == (3.0, 4.0)
    assert all(np.allclose(read.answers[name], truth.answers[name], atol=1e-8) for name in truth.answers)
    assert read.training["version"] == version
    assert write_model(read, path) == version, "what was read has the same version"
    assert [file.name for file in path.parent.iterdir()] == ["ours.json"]


def test_the_model_that_comes_along_is_whole() -> None:
    model = read_model()
    assert sum(model.shares) == pytest.approx(1, abs=1e-3)
    assert set(model.answers) == {comparison.name for comparison in COMPARISONS}


def change(document: dict[str, Any], case: str) -> None:
    if case == "format":
        document["format"] = 99
    elif case == "a comparison is missing":
        del document["answers"]["email"]
    elif case == "other answers":
        document["answers"]["email"]["similar"] = document["answers"]["email"].pop("misspelt")
    elif case == "above 1":
        document["answers"]["gender"]["same"]["person"] = 1.5
    elif case == "not a number":
        document["answers"]["gender"]["same"]["person"] = float("nan")
    elif case == "zero":
        document["answers"]["gender"]["same"]["person"] = 0.0
        document["answers"]["gender"]["different"]["person"] = 1.0
    elif case == "a kind is missing":
        del document["shares"]["household"]
    elif case == "shares above 1":
        document["shares"]["person"] = 3.0
    elif case == "share of none":
        document["shares"]["person"] = 0.0
    elif case == "doublings of text":
        document["namesake_doublings"] = "many"
    else:
        document["area_doublings"] = float("inf")


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("format", "format 99, expected 3"),
        ("a comparison is missing", "email"),
        ("other answers", "email has other answers"),
        ("above 1", "the probabilities of gender do not add up to 1"),
        ("not a number", "the probabilities of gender"),
        ("zero", "the probabilities of gender"),
        ("a kind is missing", "household"),
        ("shares above 1", "the shares"),
        ("share of none", "the shares"),
        ("doublings of text", "many"),
        ("doublings without end", "doublings"),
    ],
)
def test_a_broken_model_is_named_with_its_remedy(case: str, says: str, tmp_path: Path) -> None:
    document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    change(document, case)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match="make train-identity") as error:
        read_model(path)
    assert str(path) in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"model"', '{"format": 1}'])
def test_what_is_no_model_at_all_is_named_with_its_remedy(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.json is no identity model.*make train-identity"):
        read_model(path)


def test_a_model_that_is_not_text_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"broken\.json is no identity model.*make train-identity"):
        read_model(path)


def test_a_model_that_is_not_there_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone.json: the identity model is not there; correct \[identity\] model"):
        read_model(tmp_path / "gone.json")


@pytest.mark.parametrize("pairs", [0, training.LEAST_PAIRS - 1, training.LEAST_PAIRS])
def test_training_refuses_too_few_pairs_and_writes_nothing(
    pairs: int, truth: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = Model(truth.shares, truth.answers, 0.0, 0.0, {"pairs": float(pairs), "patterns": 1, "iterations": 1})
    monkeypatch.setattr(training, "fit_people_model", lambda _: fitted)
    path = tmp_path / "model.json"
    with duckdb.connect() as connection:
        if pairs >= training.LEAST_PAIRS:
            report = training.train(connection, path, dt.date(2026, 1, 1))
            assert read_model(path).training["as_of_date"] == "2026-01-01"
            assert read_model(path).training["version"] in report
            return
        with pytest.raises(training.TooFewRecordsError, match=f"Only {pairs:,} pairs .* of 20,000"):
            training.train(connection, path, dt.date(2026, 1, 1))
    assert not path.exists()
