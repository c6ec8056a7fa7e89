"""Gamma-Gamma: what a customer spends per purchase, from the mean of few purchases.

Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; the model of Fader, Hardie, Lee (2005), "RFM and CLV:
Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42(4), 415-430. It holds where what
people spend does not depend on how often they come: the correlation of the two is kept beside the fit.

Belongs here: the likelihood, the fit, the expectation. Does not belong here: how often people buy (`purchases`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from orchestration.prediction.history import Floats
from orchestration.prediction.purchases import NoFitError

START: Final = (5.0, 4.0)
BOUND: Final = 14.0  # of the natural logarithms; the scale is in units of the mean spend, so that any currency will do
_AT_BOUND: Final = 0.01


@dataclass(frozen=True)
class SpendFit:
    """A fitted model.

    Attributes:
        p: Shape of what a customer spends per purchase.
        q: Shape of the scale of that over customers.
        v: Scale of that over customers, in the currency of the amounts.
        log_likelihood: Logarithm of the likelihood at these parameters.
        correlation: Pearson's, of purchases and mean spend; the model takes it for nought.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    correlation: float

    def expected_spend(self, purchases: Floats, mean_spend: Floats) -> Floats:
        """Return what each customer is expected to spend per purchase; who has made none gets the mean of everybody.

        Source: Fader and Hardie (2013), equation 5. NaN where it does not exist (p x + q <= 1).

        Args:
            purchases: Purchases whose mean is known, from nought.
            mean_spend: Their mean, from nought; of no meaning without a purchase.
        """
        known = np.where(purchases > 0, mean_spend, 0.0)
        weight = self.p * purchases + self.q - 1.0
        return np.where(weight > 0, self.p * (self.v + purchases * known) / np.where(weight > 0, weight, 1.0), np.nan)


def log_likelihood(purchases: Floats, mean_spend: Floats, p: float, q: float, v: float) -> float:
    """Return the logarithm of the likelihood of mean spends, all positive. Source: Fader and Hardie (2013), eq. 1a."""
    px = p * purchases
    return float(
        np.sum(
            gammaln(px + q)
            - gammaln(px)
            - gammaln(q)
            + q * np.log(v)
            + (px - 1.0) * np.log(mean_spend)
            + px * np.log(purchases)
            - (px + q) * np.log(v + purchases * mean_spend)
        )
    )


def fit_spend(purchases: Floats, mean_spend: Floats) -> SpendFit:
    """Return the parameters of the greatest likelihood over customers with a purchase and a positive mean.

    Raises:
        NoFitError: Nobody is left, or the likelihood has no maximum, as when all people spend alike.
    """
    usable = (purchases > 0) & (mean_spend > 0)
    order = np.lexsort((mean_spend[usable], purchases[usable]))
    x, z = purchases[usable][order], mean_spend[usable][order]
    if not len(x):
        raise NoFitError("nobody has a repeat purchase of a positive amount")
    unit = float(z.mean())

    def cost(logarithms: Floats) -> float:
        p, q, v = np.exp(logarithms)
        return -log_likelihood(x, z / unit, p, q, v) / len(x)

    options = {"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500, "maxfun": 5000}
    # At any p and q, this v makes the mean of the model the mean of the data.
    start = np.log([*START, (START[1] - 1.0) / START[0]])
    best = minimize(cost, start, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 3, options=options)
    p, q, v = (float(value) for value in np.exp(best.x))
    if not np.isfinite(best.fun) or np.abs(best.x).max() > BOUND - _AT_BOUND or q <= 1.0:
        raise NoFitError(
            f"the likelihood has no maximum with a finite mean: p = {p:.4g}, q = {q:.4g}, v = {v * unit:.4g}"
        )
    return SpendFit(p, q, v * unit, log_likelihood(x, z, p, q, v * unit), _correlation(x, z))


def _correlation(x: Floats, z: Floats) -> float:
    if len(x) < 2 or not x.std() or not z.std():
        return 0.0
    return float(np.corrcoef(x, z)[0, 1])
