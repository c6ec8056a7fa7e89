"""The models against published tables, against customers who behave as they assume, and at their edges."""

from __future__ import annotations

import decimal
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.prediction.history import Histories
from orchestration.prediction.purchases import Model, NoFitError, PurchaseFit, fit_purchases, log_likelihood
from orchestration.prediction.spend import SpendFit, fit_spend
from tests.prediction.customers import cdnow, simulate

BG = PurchaseFit(Model.BG_NBD, 0.243, 4.414, 0.793, 2.426, 0.0)
MBG = PurchaseFit(Model.MBG_NBD, 0.525, 6.183, 0.891, 1.614, 0.0)
SPEND = SpendFit(6.25, 3.74, 15.44, 0.0, 0.0)


def one(repeats: float, recency_weeks: float, age_weeks: float) -> Histories:
    return Histories(*(np.array([value]) for value in (repeats, recency_weeks, age_weeks, 1.0)))


def hypergeometric(a: Decimal, b: Decimal, c: Decimal, z: Decimal) -> Decimal:
    """Return Gauss's series, summed until a term no longer counts."""
    total = term = Decimal(1)
    n = 0
    while term > total * Decimal("1e-40"):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        n += 1
    return total


@st.composite
def histories(draw: st.DrawFn) -> Histories:
    rows = draw(
        st.lists(st.tuples(st.integers(0, 40), st.integers(1, 400), st.integers(0, 400)), min_size=1, max_size=30)
    )
    return Histories.from_days(
        [x for x, _, _ in rows],
        [recency if x else 0 for x, recency, _ in rows],
        [(recency if x else 0) + silence for x, recency, silence in rows],
    )


def test_bg_nbd_agrees_with_the_table_of_fader_hardie_and_lee() -> None:
    """Marketing Science 24(2), table 2: r, alpha, a, b and the log-likelihood, as printed."""
    fit = fit_purchases(Model.BG_NBD, cdnow().histories)
    assert [f"{value:.3f}" for value in (fit.r, fit.alpha, fit.a, fit.b)] == ["0.243", "4.414", "0.793", "2.426"]
    assert f"{fit.log_likelihood:.1f}" == "-9582.4"


def test_mbg_nbd_agrees_with_the_table_of_batislam_and_others() -> None:
    """International Journal of Research in Marketing 24(3), table 2, on the same customers."""
    fit = fit_purchases(Model.MBG_NBD, cdnow().histories)
    assert [f"{value:.3f}" for value in (fit.r, fit.alpha, fit.a, fit.b)] == ["0.525", "6.183", "0.891", "1.614"]


def test_gamma_gamma_agrees_with_the_table_of_fader_and_hardie() -> None:
    customers = cdnow()
    fit = fit_spend(customers.repeats, customers.mean_spend)
    assert len(customers.repeats) == 946
    assert [f"{value:.2f}" for value in (fit.p, fit.q, fit.v)] == ["6.25", "3.74", "15.44"]
    assert f"{fit.correlation:.2f}" == "0.11"


def test_the_worked_example_of_the_papers_comes_out() -> None:
    """Two repeats, the last after 30.43 of 38.86 weeks: 1.226 in the next 39 weeks; 22.35 twice makes 24.66."""
    customer = one(2, 30.43, 38.86)
    assert BG.expected_purchases(customer, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    assert BG.probability_alive(customer)[0] == pytest.approx(0.7266, abs=5e-5)
    assert SPEND.expected_spend(np.array([2.0]), np.array([22.35]))[0] == pytest.approx(24.66, abs=5e-3)


@given(histories(), st.sampled_from([BG, MBG]), st.floats(0.0, 300.0))
def test_a_probability_is_one_and_expectations_grow_with_time(
    customers: Histories, fit: PurchaseFit, weeks: float
) -> None:
    alive = fit.probability_alive(customers)
    assert ((alive >= 0) & (alive <= 1)).all()
    sooner, later = (fit.expected_purchases(customers, time) for time in (weeks, weeks + 10.0))
    assert (sooner >= -1e-9).all()
    assert (later >= sooner - 1e-9).all()
    assert fit.expected_purchases(customers, 0.0) == pytest.approx(np.zeros(len(customers)), abs=1e-12)


def test_a_one_time_buyer_is_alive_for_certain_by_bg_and_less_with_every_day_by_mbg() -> None:
    times = Histories.from_days([0, 0, 0], [0, 0, 0], [1, 100, 900])
    assert (BG.probability_alive(times) == 1.0).all()
    assert (np.diff(MBG.probability_alive(times)) < 0).all()


@pytest.mark.parametrize("fit", [BG, MBG, PurchaseFit(Model.BG_NBD, 0.4, 9.0, 1.0, 3.0, 0.0)])
@pytest.mark.parametrize("history", [(0, 0.0, 38.0), (3, 20.0, 38.0), (41, 150.0, 156.0), (600, 155.0, 156.0)])
def test_expected_purchases_agree_with_the_formula_as_it_is_printed(
    fit: PurchaseFit, history: tuple[int, float, float]
) -> None:
    """The printed formula overflows in doubles at hundreds of purchases: it is computed with 60 digits here."""
    x, t_x, t = history
    with decimal.localcontext(prec=60):
        r, alpha, b, age, recency, weeks = (Decimal(value) for value in (fit.r, fit.alpha, fit.b, t, t_x, 52))
        a = Decimal(fit.a) + (Decimal("1e-20") if fit.a == 1.0 else 0)
        mbg = int(fit.model is Model.MBG_NBD)
        bracket = 1 - ((alpha + age) / (alpha + age + weeks)) ** (r + x) * hypergeometric(
            r + x, b + x + mbg, a + b + x - 1 + mbg, weeks / (alpha + age + weeks)
        )
        odds = a / (b + x - 1 + mbg) * ((alpha + age) / (alpha + recency)) ** (r + x) if x or mbg else Decimal(0)
        expected = float((a + b + x - 1 + mbg) / (a - 1) * bracket / (1 + odds))
    assert fit.expected_purchases(one(x, t_x, t), 52.0)[0] == pytest.approx(expected, rel=1e-4)


@settings(max_examples=30)
@given(histories(), st.sampled_from(list(Model)))
def test_neither_order_nor_grouping_changes_the_likelihood(customers: Histories, model: Model) -> None:
    order = np.random.default_rng(len(customers)).permutation(len(customers))
    columns = (customers.repeats, customers.recency_weeks, customers.age_weeks, customers.weights)
    shuffled = Histories(*(column[order] for column in columns))
    values = [
        log_likelihood(model, each, 0.3, 5.0, 0.8, 2.5) for each in (customers.grouped(), shuffled.grouped(), customers)
    ]
    assert values[0] == values[1]
    assert values[2] == pytest.approx(values[0], rel=1e-12)


@pytest.mark.parametrize("model", list(Model))
def test_a_fit_recovers_the_customers_that_behave_as_the_model_says(model: Model) -> None:
    """The rate within a tenth, the chance of leaving within a twentieth, later purchases within 3 %."""
    truth = {"r": 0.6, "alpha": 6.0, "a": 0.9, "b": 2.5}
    made = simulate(40_000, 182.0, leaves_after_first=model is Model.MBG_NBD, **truth)
    customers = Histories.from_days(made.repeats, made.recency_days, made.age_days)
    fit = fit_purchases(model, customers)
    assert fit.log_likelihood >= log_likelihood(model, customers, **truth)
    assert (fit.r, fit.alpha) == pytest.approx((truth["r"], truth["alpha"]), rel=0.1)
    assert fit.a / (fit.a + fit.b) == pytest.approx(truth["a"] / (truth["a"] + truth["b"]), rel=0.05)
    expected = fit.expected_purchases(customers, 26.0)
    assert expected.sum() == pytest.approx(made.later_purchases.sum(), rel=0.03)
    alive = fit.probability_alive(customers)
    bands = np.digitize(alive, [0.2, 0.4, 0.6, 0.8])
    for band in np.unique(bands):
        inside = bands == band
        if inside.sum() > 500:
            assert made.is_alive[inside].mean() == pytest.approx(alive[inside].mean(), abs=0.03)


def test_gamma_gamma_recovers_the_spend_in_any_currency() -> None:
    draw = np.random.default_rng(7)
    purchases = draw.integers(1, 9, 20_000).astype(np.float64)
    scale = draw.gamma(4.0, 1.0 / 15.0, len(purchases))
    mean_spend = draw.gamma(6.0 * purchases) / scale / purchases
    fits = [fit_spend(purchases, mean_spend * rate) for rate in (1.0, 400.0)]
    assert (fits[0].p, fits[0].q, fits[0].v) == pytest.approx((6.0, 4.0, 15.0), rel=0.06)
    assert fits[1].v == pytest.approx(400.0 * fits[0].v, rel=1e-3)
    everybody = fits[0].expected_spend(np.array([0.0]), np.array([np.nan]))[0]
    assert everybody == pytest.approx(6.0 * 15.0 / 3.0, rel=0.03)


@given(st.floats(0.0, 1e5), st.integers(1, 50))
def test_expected_spend_lies_between_the_own_mean_and_that_of_everybody(mean: float, purchases: int) -> None:
    own = SPEND.expected_spend(np.array([float(purchases)]), np.array([mean]))[0]
    everybody = SPEND.expected_spend(np.zeros(1), np.zeros(1))[0]
    assert min(mean, everybody) - 1e-6 <= own <= max(mean, everybody) + 1e-6


def test_where_nobody_leaves_there_is_no_fit_and_the_message_says_where_it_went() -> None:
    regular = Histories.from_days(np.full(200, 50), np.full(200, 350), np.full(200, 351))
    with pytest.raises(NoFitError, match="no maximum: it grows without end towards r = "):
        fit_purchases(Model.BG_NBD, regular)
    with pytest.raises(NoFitError, match="no maximum with a finite mean"):
        fit_spend(np.full(200, 3.0), np.full(200, 20.0))
    with pytest.raises(NoFitError, match="nobody has a repeat purchase of a positive amount"):
        fit_spend(np.array([0.0, 2.0]), np.array([np.nan, 0.0]))


@pytest.mark.parametrize("history", [(1, 0, 10), (0, 5, 10), (2, 11, 10), (-1, 0, 10), (1, float("nan"), 10)])
def test_an_impossible_history_is_named(history: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="customer 1: "):
        Histories.from_days(*([valid, wrong] for valid, wrong in zip((1, 5, 10), history, strict=True)))
