"""What the prediction step costs at a million customers: `python -m benchmarks.prediction`.

Histories of as many customers as BG/NBD draws them with CDNOW's parameters over three years are written into a
warehouse; then the step of the night runs on it: reading, both fits of purchases, the fit of spend, every customer's
score, writing. Belongs here: that measurement. Does not belong here: whether the figures are right, which tests say.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.night import MEGABYTE
from orchestration.prediction.step import predict

DAYS: Final = 1096
R, ALPHA, A, B = 0.243, 4.414, 0.793, 2.426
KILOBYTE: Final = 1024


def histories(customers: int) -> pa.Table:
    """Return what `int_customer_history__summarise` has for customers who behave as BG/NBD says."""
    draw = np.random.default_rng(7)
    weekly, leaving = draw.gamma(R, 1.0 / ALPHA, customers), draw.beta(A, B, customers)
    age = draw.integers(1, DAYS, customers)
    repeats, last, now = np.zeros(customers, np.int64), np.zeros(customers), np.zeros(customers)
    is_there = np.ones(customers, bool)
    while is_there.any():
        now = now + draw.exponential(7.0 / weekly)
        is_there &= now <= age
        repeats[is_there] += 1
        last[is_there] = now[is_there]
        is_there &= draw.random(customers) > leaving
    recency = np.ceil(last).astype(np.int64)
    spend = draw.gamma(6.0 * np.maximum(repeats, 1)) / draw.gamma(4.0, 1.0 / 15.0, customers) / np.maximum(repeats, 1)
    return pa.table(
        {
            "customer_id": [f"c{number:09}" for number in range(customers)],
            "repeat_purchases": repeats,
            "recency_days": recency,
            "age_days": np.maximum(age, recency),
            "repeat_spend_reporting": pa.array(np.round(spend, 4), mask=repeats == 0),
        }
    )


def main(arguments: list[str]) -> int:
    """Measure the step and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prediction", description="Measure the prediction step.")
    parser.add_argument("--customers", type=int, default=1_000_000)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "warehouse.duckdb")) as connection:
        connection.register("made", histories(given.customers))
        connection.execute("create schema intermediate; create schema rules")
        connection.execute("create table intermediate.int_customer_history__summarise as select * from made")
        connection.unregister("made")
        connection.execute(
            "create table rules.prediction_setting as select 500 as min_customers, 100 as min_repeat_customers,"
            " 180 as min_history_days, 30 as max_silent_days, 365 as horizon_days"
        )
        wall, cpu = perf_counter(), process_time()
        done = predict(connection)
        wall, cpu = perf_counter() - wall, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE / MEGABYTE
    print(f"{done.predicted:,} customers: {wall:.1f} s, {cpu:.1f} CPU s, peak {peak:,.0f} MB; {done.fitted_models}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
