"""Every figure that the night's summary, a mart or the docs show, and the metric that says the same.

Belongs here: which metric, grouped how, is which column. Does not belong here: running and comparing them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

HEADLINES: Final = "growth.headline_kpi"
REPEAT_WINDOWS: Final = (30, 60, 90, 180, 365)


@dataclass(frozen=True)
class Comparison:
    """Figures of one mart, and the question that must give them.

    `figures` maps columns of the mart to metrics, `by` its keys to group-bys; `rows` are those rows that are meant.
    """

    mart: str
    figures: Mapping[str, str]
    by: Mapping[str, str] = field(default_factory=dict)
    rows: str = "true"
    where: Sequence[str] = ()
    last: str | None = None


def dimension(name: str, condition: str) -> str:
    """Return a condition on a dimension as MetricFlow reads it."""
    return f"{{{{ Dimension('{name}') }}}} {condition}"


def headline(code: str, metric: str, **asked: object) -> Comparison:
    """Return the comparison of one headline figure."""
    return Comparison(HEADLINES, {"value": metric}, rows=f"kpi_code = '{code}'", **asked)  # type: ignore[arg-type]


def headlines() -> Iterator[Comparison]:
    """The night's summary, with the windows of the rules as they are shipped."""
    yield headline("customers", "customers")
    yield headline("known_people", "known_people")
    yield headline("multichannel_share", "multichannel_share")
    yield headline("repeat_rate", "repeat_rate_365_days")
    yield headline(
        "top_10_percent_share", "top_10_percent_share", where=[dimension("tenth__window_code", "= 'all_time'")]
    )
    yield headline("net_sales", "net_sales", last="12 months")
    yield headline("orders", "orders", last="12 months")
    yield headline("members", "members")
    yield Comparison(
        f"(select substr(kpi_code, 9) as tier_code, value from {HEADLINES}"
        " where kpi_code like 'members~_%' escape '~')",
        {"value": "members"},
        {"tier_code": "member__tier_code"},
    )
    yield headline("points_outstanding", "points_outstanding")
    yield headline("points_liability", "points_liability")
    yield Comparison(
        HEADLINES,
        {"cast(value as decimal(9, 4))": "nps_latest", "n": "latest_nps_answers"},
        rows="kpi_code = 'nps'",
        last="365 days",
    )
    yield Comparison(
        f"(select (interval_high - value) / 1.96 as error from {HEADLINES} where kpi_code = 'nps'"
        " and value between -99 and 99 and interval_high < 100)",
        {"cast(error as decimal(9, 3))": "nps_latest_standard_error"},
        last="365 days",
    )


def sales() -> Iterator[Comparison]:
    """Sales by day, channel and system; returns by month; what no mart sums up is checked against its facts."""
    yield Comparison(
        "customer.net_sales_daily",
        {
            "orders": "orders_with_lines",
            "gross_amount_reporting": "gross_sales",
            "discount_amount_reporting": "discounts",
            "returned_by_order_date_reporting": "returned_by_order_date",
            "gift_card_amount_reporting": "gift_cards_sold",
            "net_by_order_date_reporting": "net_sales_by_order_date",
        },
        {
            "business_date": "metric_time__day",
            "channel": "order_line__channel",
            "source_system": "order_line__source_system",
        },
    )
    yield Comparison(
        "customer.net_sales_daily",
        {"returned_by_refund_date_reporting": "returned_by_refund_date"},
        {
            "business_date": "metric_time__day",
            "channel": "refund_line__channel",
            "source_system": "refund_line__source_system",
        },
    )
    # Lines and refunds share no dimension: a refund may have a channel, and no order. So by day alone.
    yield Comparison(
        "(select business_date, sum(net_by_refund_date_reporting) as net from customer.net_sales_daily group by 1)",
        {"net": "net_sales_by_refund_date"},
        {"business_date": "metric_time__day"},
    )
    orders = (
        "(select channel, order_date, 1 as orders, net_amount_reporting as net, customer_id from customer.fct_order"
    )
    orders += " where is_valid_order)"
    yield Comparison(
        f"(select channel, cast(date_trunc('month', order_date) as date) as month, sum(orders) as orders,"
        f" sum(orders) filter (where channel = 'online') as online, sum(net) as net,"
        f" cast(round(cast(sum(net) as double) / sum(orders), 4) as decimal(18, 4)) as average,"
        f" count(distinct customer_id) as customers from {orders} group by all)",
        {
            "orders": "orders",
            "online": "online_orders",
            "net": "net_sales",
            "average": "average_order_value",
            "customers": "active_customers",
        },
        {"channel": "order__channel", "month": "metric_time__month"},
    )
    yield Comparison(
        "(select brand, sum(quantity) as units from customer.sales_wide where is_valid_order and not is_gift_card"
        " group by 1)",
        {"units": "units_sold"},
        {"brand": "product__brand"},
    )
    yield Comparison(
        "(select cast(date_trunc('quarter', started_date) as date) as quarter, count(*) as left_open,"
        " sum(amount_reporting) as value, count(*) filter (where is_mature) as ripe,"
        " count(*) filter (where is_mature and is_recovered) as recovered, sum(recovered_net_amount_reporting) as net,"
        " cast(round(avg(case when is_mature then cast(is_recovered as integer) end), 6) as decimal(9, 6)) as rate,"
        " cast(round(median(cast(hours_to_recovery as double)), 2) as decimal(18, 2)) as hours"
        " from growth.abandoned_checkout group by 1)",
        {
            "left_open": "abandoned_checkouts",
            "value": "abandoned_value",
            "ripe": "ripe_checkouts",
            "recovered": "recovered_checkouts",
            "net": "recovered_net_sales",
            "rate": "checkout_recovery_rate",
            "hours": "median_hours_to_recovery",
        },
        {"quarter": "metric_time__quarter"},
    )
    for part in ("channel", "category"):
        counts = ["orders", "returned_orders", "units", "returned_units"]
        counts += ["sold_amount_reporting", "returned_amount_reporting"]
        yield Comparison(
            "growth.return_rates",
            {name: f"{name}_by_{part}" for name in counts}
            | {f"{rate}_return_rate": f"{rate}_return_rate_by_{part}" for rate in ("order", "unit", "money")},
            {"breakdown_value": f"returns_{part}__{part}", "order_month": "metric_time__month"},
            rows=f"breakdown = '{part}' and is_mature",
        )


def customers() -> Iterator[Comparison]:
    """Cohorts, second purchases, concentration, pairs, value."""
    by_cohort = {"cohort_month": "customer__first_order_date__month", "first_channel": "customer__first_channel"}
    for days in REPEAT_WINDOWS:
        metrics = {
            "ripe_customers": f"ripe_customers_{days}_days",
            "repeat_customers": f"repeat_customers_{days}_days",
            "repeat_rate": f"repeat_rate_{days}_days",
        }
        yield Comparison("growth.second_purchase", metrics, by_cohort, rows=f"within_days = {days}")
        yield Comparison(
            "growth.second_purchase_curve",
            metrics,
            {"breakdown_value": "customer__first_channel"},
            rows=f"breakdown = 'first_channel' and within_days = {days}",
        )
        yield Comparison("growth.second_purchase_curve", metrics, rows=f"breakdown = 'all' and within_days = {days}")
    yield Comparison(
        "growth.second_purchase_curve",
        {"median_days_to_second": "median_days_to_second_order"},
        {"breakdown_value": "customer__first_channel"},
        rows="breakdown = 'first_channel' and within_days = 365",
    )
    yield Comparison(
        "(select cohort_month, first_channel, order_month, sum(customers) as customers, sum(orders) as orders,"
        " sum(net_amount_reporting) as net from growth.customer_cohort where is_mature group by all)",
        {"customers": "active_customers", "orders": "orders", "net": "net_sales"},
        by_cohort | {"order_month": "metric_time__month"},
        where=[
            dimension("order__is_known_customer", ""),
            "{{ TimeDimension('metric_time', 'month') }} < (select date_trunc('month', max(as_of_date) + 1)"
            " from growth.customer_cohort)",
        ],
    )
    yield Comparison(
        "(select cohort_month, first_channel, sum(acquired_customers) as acquired from growth.customer_cohort"
        " where age_months = 0 group by all)",
        {"acquired": "customers"},
        by_cohort,
    )
    yield Comparison(
        "growth.sales_concentration",
        {
            "customers": "tenth_customers",
            "net_amount_reporting": "tenth_net_sales",
        },
        {"window_code": "tenth__window_code", "decile": "tenth__decile"},
    )
    yield Comparison(
        "(select window_code, max(top_decile_net_share) as share, max(window_customers) as customers,"
        " sum(net_amount_reporting) filter (where decile = 1) as top from growth.sales_concentration group by 1)",
        {"share": "top_10_percent_share", "customers": "tenth_customers", "top": "top_tenth_net_sales"},
        {"window_code": "tenth__window_code"},
    )
    yield Comparison(
        "growth.product_affinity",
        {
            "baskets": "pair_all_baskets",
            "item_a_baskets": "pair_item_a_baskets",
            "item_b_baskets": "pair_item_b_baskets",
            "pair_baskets": "pair_baskets",
            "support": "pair_support",
            "confidence": "pair_confidence",
            "lift": "pair_lift",
        },
        {name: f"pair__{name}" for name in ("basket_code", "item_kind", "item_a", "item_b")},
    )
    yield Comparison(
        "(select segment_code, primary_channel, sum(net_amount_reporting) as net,"
        " sum(expected_value_reporting) as value, count(*) filter (where is_multichannel) as several"
        " from growth.customer_value group by all)",
        {"net": "lifetime_net_sales", "value": "expected_value", "several": "multichannel_customers"},
        {"segment_code": "customer__segment_code", "primary_channel": "customer__primary_channel"},
    )


def loyalty() -> Iterator[Comparison]:
    """Points owed by vintage and tier; the ledger; win-back campaigns."""
    yield Comparison(
        "loyalty.points_liability",
        {"points_remaining": "points_outstanding", "liability_amount_reporting": "points_liability"},
        {
            "programme_code": "vintage__programme_code",
            "tier_code": "vintage__tier_code",
            "vintage_month": "metric_time__month",
        },
    )
    yield Comparison(
        "(select movement_type, sum(points) as points from loyalty.fct_points_ledger group by 1)",
        {"points": "points_moved"},
        {"movement_type": "movement__movement_type"},
    )
    sides = (("contacted", "contacted"), ("hold_out", "held_out"))
    yield Comparison(
        "loyalty.win_back_result",
        {f"{column}_n": f"win_back_{metric}" for column, metric in sides}
        | {f"{column}_conversions": f"win_back_{metric}_conversions" for column, metric in sides}
        | {f"{column}_conversion_share": f"win_back_{metric}_share" for column, metric in sides},
        {"campaign_code": "campaign", "contact_on": "metric_time__day"},
    )


SALES_AREAS: Final = (headlines, sales, customers, loyalty)
