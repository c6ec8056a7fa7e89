"""The prediction step: reads what dbt has counted, fits, scores every customer, writes the result.

Belongs here: the order of these, and the gates before them. Does not belong here: any formula.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.prediction.history import DAYS_PER_WEEK, Floats, Histories
from orchestration.prediction.purchases import Model, NoFitError, fit_purchases
from orchestration.prediction.spend import fit_spend
from orchestration.prediction.tables import replace_tables, schema_of

GAMMA_GAMMA: Final = "gamma_gamma"
MODEL_CODES: Final = (*(model.value for model in Model), GAMMA_GAMMA)
_HISTORIES: Final = """
    select
        customer_id, repeat_purchases, recency_days, age_days,
        cast(repeat_spend_reporting as double) as repeat_spend
    from intermediate.int_customer_history__summarise
    order by customer_id
"""
_SETTINGS: Final = """
    select min_customers, min_repeat_customers, min_history_days, max_silent_days, horizon_days
    from rules.prediction_setting
"""

Columns = dict[str, Any]


class Prediction(NamedTuple):
    """What a run did: customers there were, customers that have a prediction, models that were fitted."""

    customers: int
    predicted: int
    fitted_models: str
    not_fitted: str


@dataclass(frozen=True)
class Gates:
    """What the data must offer before anything is predicted (rules.prediction_setting)."""

    min_customers: int
    min_repeat_customers: int
    min_history_days: int
    max_silent_days: int
    horizon_days: int

    def refusal(self, repeats: Floats, recency_days: Floats, age_days: Floats) -> str | None:
        """Return why nothing may be predicted from these histories, or None."""
        buyers, repeaters = len(repeats), int((repeats > 0).sum())
        if buyers < self.min_customers:
            return f"{buyers} customers have ordered, and {self.min_customers} are needed"
        if repeaters < self.min_repeat_customers:
            return f"{repeaters} customers have come again, and {self.min_repeat_customers} are needed"
        if (days := int(age_days.max())) < self.min_history_days:
            return f"the first order is {days} days old, and {self.min_history_days} days are needed"
        if (silence := int((age_days - recency_days).min())) > self.max_silent_days:
            return f"nobody has ordered for {silence} days, and {self.max_silent_days} are the most"
        return None


def predict(connection: duckdb.DuckDBPyConnection) -> Prediction:
    """Fit the models to all customers and write the parameters and every customer's prediction.

    When the gates do not open, no customer has a prediction, and every model says why.

    Raises:
        ValueError: A history is impossible; the message names it.
    """
    gates = Gates(*connection.execute(_SETTINGS).fetchall()[0])
    read = connection.execute(_HISTORIES).fetchnumpy()
    customers = read["customer_id"]
    x, t_x, age = (_floats(read[name]) for name in ("repeat_purchases", "recency_days", "age_days"))
    counts: Columns = {"customers": len(x), "repeat_customers": int((x > 0).sum())}
    refusal = gates.refusal(x, t_x, age)
    if refusal is not None:
        fits = [{"model_code": code, "not_fitted_reason": refusal} for code in MODEL_CODES]
        scores: Columns = {"customer_id": []}
    else:
        fits, scores = _fit(Histories.from_days(x, t_x, age), _floats(read["repeat_spend"]), gates.horizon_days)
        scores["customer_id"] = list(customers)
    rows = [{"is_fitted": "not_fitted_reason" not in fit, **counts, **fit} for fit in fits]
    tables = {
        "prediction_model": pa.Table.from_pylist(rows, schema=schema_of("prediction_model")),
        "customer_prediction": _score_table(scores),
    }
    replace_tables(connection, tables)
    return Prediction(
        customers=counts["customers"],
        predicted=len(scores["customer_id"]),
        fitted_models=", ".join(row["model_code"] for row in rows if row["is_fitted"]),
        not_fitted="; ".join(
            f"{row['model_code']}: {row['not_fitted_reason']}" for row in rows if not row["is_fitted"]
        ),
    )


def _fit(histories: Histories, mean_spend: Floats, horizon_days: int) -> tuple[list[Columns], Columns]:
    """Return a row per model, and the columns of the customers' predictions."""
    fits: list[Columns] = []
    scores: Columns = {}
    for model in Model:
        try:
            purchases = fit_purchases(model, histories)
        except NoFitError as error:
            fits.append({"model_code": model.value, "not_fitted_reason": str(error)})
            continue
        parameters = asdict(purchases)
        fits.append({"model_code": parameters.pop("model").value, "alpha_weeks": parameters.pop("alpha"), **parameters})
        scores[f"alive_probability_{model.value}"] = purchases.probability_alive(histories)
        expected = purchases.expected_purchases(histories, horizon_days / DAYS_PER_WEEK)
        scores[f"expected_purchases_{model.value}"] = expected
    try:
        spend = fit_spend(histories.repeats, np.nan_to_num(mean_spend))
    except NoFitError as error:
        fits.append({"model_code": GAMMA_GAMMA, "not_fitted_reason": str(error)})
    else:
        parameters = asdict(spend)
        fits.append({"model_code": GAMMA_GAMMA, "spend_correlation": parameters.pop("correlation"), **parameters})
        # Who has brought back more than they kept has spent nothing, which the model can take; less it cannot.
        scores["expected_spend"] = spend.expected_spend(histories.repeats, np.maximum(np.nan_to_num(mean_spend), 0.0))
    return fits, scores


def _score_table(scores: Columns) -> pa.Table:
    schema = schema_of("customer_prediction")
    length = len(scores["customer_id"])
    arrays = [
        pa.array(scores[field.name], type=field.type, from_pandas=True)
        if field.name in scores
        else pa.nulls(length, type=field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _floats(column: NDArray[Any]) -> Floats:
    return np.asarray(np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan), dtype=np.float64)
