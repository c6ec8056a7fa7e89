"""The customers whom the sample lets leave are found by the predictions, from their orders alone."""

from __future__ import annotations

import duckdb
import numpy as np
from scipy.stats import rankdata

from orchestration.prediction.history import Histories
from orchestration.prediction.purchases import Model, fit_purchases
from tests.sample.conftest import END_DATE


def test_planted_churners_are_found(files: duckdb.DuckDBPyConnection) -> None:
    """Of people with two repeats or more, who left long enough ago to be missed, and of those who are still there."""
    read = files.execute(
        f"""
        with days as (
            select distinct person_id, order_date from truth_orders where is_valid and person_id is not null
        ),
        people as (
            select
                person_id, count(*) - 1 as x, max(order_date) - min(order_date) as t_x,
                date '{END_DATE}' - min(order_date) as age
            from days group by person_id
        )
        select x, t_x, age, coalesce(left_date < date '{END_DATE}' - 180, false) as is_churner,
            left_date is null as is_there
        from people inner join truth_lives using (person_id) order by person_id
        """
    ).fetchnumpy()
    customers = Histories.from_days(read["x"], read["t_x"], read["age"])
    alive = fit_purchases(Model.MBG_NBD, customers).probability_alive(customers)
    often = read["x"] >= 2
    churners, stayers = alive[often & read["is_churner"]], alive[often & read["is_there"]]
    found, kept = (churners < 0.5).mean(), (stayers >= 0.5).mean()
    ranks = rankdata(np.concatenate([churners, stayers]))[len(churners) :]
    area = (ranks.sum() - len(stayers) * (len(stayers) + 1) / 2) / (len(churners) * len(stayers))
    assert len(churners) > 100
    assert found > 0.95
    assert kept > 0.9
    assert area > 0.98
