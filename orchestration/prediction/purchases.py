"""BG/NBD and MBG/NBD: how often a customer buys, and whether they still do.

Both say that a customer buys at a rate that is Gamma(r, alpha) over customers, and leaves after a purchase with a
chance that is Beta(a, b). In BG/NBD [1] nobody leaves before the first repeat, so that a one-time buyer is alive with
certainty; in MBG/NBD [2] the first purchase may be the last one as well.

[1] Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284.
[2] Batislam, Denizel, Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    International Journal of Research in Marketing 24(3), 201-209.

Belongs here: likelihoods, fits and conditional expectations. Does not belong here: money (`spend`), tables (`step`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from orchestration.prediction.history import Floats, Histories

STARTS: Final = ((1.0, 8.0, 0.8, 2.5), (0.5, 30.0, 1.5, 6.0))
BOUND: Final = 9.0  # of the natural logarithms: parameters between 0.0001 and 8,100
_AT_BOUND: Final = 0.01
_SINGULAR: Final = 1e-5


class Model(StrEnum):
    """The two models."""

    BG_NBD = "bg_nbd"
    MBG_NBD = "mbg_nbd"


class NoFitError(Exception):
    """The likelihood has no maximum inside of the bounds; the message says where it went."""


@dataclass(frozen=True)
class PurchaseFit:
    """A fitted model; times are in weeks.

    Attributes:
        model: Which of the two.
        r: Shape of the rate of purchase.
        alpha: Scale of the rate of purchase, in weeks.
        a: First parameter of the chance of leaving.
        b: Second parameter of the chance of leaving.
        log_likelihood: Logarithm of the likelihood at these parameters.
    """

    model: Model
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def probability_alive(self, histories: Histories) -> Floats:
        """Return the probability that each customer has not left at the end of the observation.

        Source: [1] with the note "Computing P(alive) using the BG/NBD model" (2008); [2], equation 8.
        """
        return 1.0 / (1.0 + self._odds_of_having_left(histories))

    def expected_purchases(self, histories: Histories, weeks: float) -> Floats:
        """Return the purchases that each customer is expected to make in the weeks after the observation.

        Source: [1], equation 10; [2], equation 9; both after Euler's transformation of the hypergeometric function,
        without which a customer of hundreds of purchases overflows.

        Args:
            histories: The customers.
            weeks: Length of the time ahead, from nought.
        """
        r, alpha, b, x = self.r, self.alpha, self.b, histories.repeats
        # The formula divides by a - 1; at a = 1 its limit is taken from close by.
        a = self.a if abs(self.a - 1.0) > _SINGULAR else 1.0 + _SINGULAR
        mbg = 1.0 if self.model is Model.MBG_NBD else 0.0
        z = weeks / (alpha + histories.age_weeks + weeks)
        series = hyp2f1(a + b - 1.0 + mbg - r, a - 1.0, a + b + x - 1.0 + mbg, z)
        while_alive = (a + b + x - 1.0 + mbg) / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * series)
        return np.asarray(while_alive * self.probability_alive(histories), dtype=np.float64)

    def _odds_of_having_left(self, histories: Histories) -> Floats:
        x = histories.repeats
        silence = np.log(self.alpha + histories.age_weeks) - np.log(self.alpha + histories.recency_weeks)
        if self.model is Model.MBG_NBD:
            return np.asarray(self.a / (self.b + x) * np.exp((self.r + x) * silence), dtype=np.float64)
        odds = self.a / (self.b + np.maximum(x, 1.0) - 1.0) * np.exp((self.r + x) * silence)
        return np.where(x > 0, odds, 0.0)


def log_likelihood(model: Model, histories: Histories, r: float, alpha: float, a: float, b: float) -> float:
    """Return the logarithm of the likelihood of all histories. Source: [1], equation 6; [2], equation 5.

    What depends on one column alone is computed once per distinct value of the column.
    """
    x = histories.x.distinct
    by_x = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    if model is Model.MBG_NBD:
        stays, leaves = betaln(a, b + x + 1.0), betaln(a + 1.0, b + x)
    else:
        stays, leaves = betaln(a, b + x), np.full(len(x), -np.inf)
        leaves[x > 0] = betaln(a + 1.0, b + x[x > 0] - 1.0)
    place = histories.x.place
    exponent = (r + x)[place]
    log_stays = stays[place] - exponent * np.log(alpha + histories.t.distinct)[histories.t.place]
    log_leaves = leaves[place] - exponent * np.log(alpha + histories.t_x.distinct)[histories.t_x.place]
    return float(np.dot(histories.weights, by_x[place] + np.logaddexp(log_stays, log_leaves)))


def fit_purchases(model: Model, histories: Histories) -> PurchaseFit:
    """Return the parameters of the greatest likelihood. The same histories in any order give the same digits.

    Raises:
        NoFitError: The likelihood grows towards a bound of the parameters, as it does when nobody ever leaves.
    """
    grouped = histories.grouped()
    customers = float(grouped.weights.sum())

    def cost(logarithms: Floats) -> float:
        r, alpha, a, b = np.exp(logarithms)
        return -log_likelihood(model, grouped, r, alpha, a, b) / customers

    bounds = [(-BOUND, BOUND)] * 4
    options = {"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500, "maxfun": 5000}
    results = [minimize(cost, np.log(start), method="L-BFGS-B", bounds=bounds, options=options) for start in STARTS]
    best = min(results, key=lambda result: float(result.fun))
    values = dict(zip(("r", "alpha", "a", "b"), np.exp(best.x), strict=True))
    if not np.isfinite(best.fun) or np.abs(best.x).max() > BOUND - _AT_BOUND:
        raise NoFitError(
            "the likelihood has no maximum: it grows without end towards "
            + ", ".join(f"{name} = {value:.4g}" for name, value in values.items())
        )
    return PurchaseFit(
        model, **{name: float(value) for name, value in values.items()}, log_likelihood=-float(best.fun) * customers
    )
