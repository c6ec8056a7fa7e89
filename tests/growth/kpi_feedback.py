"""The same as `tests.growth.kpi` for feedback and service: each figure, and the metric that says the same.

Belongs here: which metric, grouped how, is which column. Does not belong here: running and comparing them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.growth.kpi import Comparison, dimension

SCORE_WINDOWS: Final = (30, 365)


def scores() -> Iterator[Comparison]:
    """NPS and satisfaction of the last day: from the answers where each counts once, else from the windows."""
    today = "business_date = (select max(business_date) from feedback.nps_daily)"
    counts = {"n": "nps_answers", "promoters": "promoters", "detractors": "detractors", "nps": "nps"}
    latest = {"n": "latest_nps_answers", "promoters": "latest_promoters", "detractors": "latest_detractors"}
    latest |= {"nps": "nps_latest", "nps_standard_error": "nps_latest_standard_error"}
    places = {
        "channel": "response__channel",
        "store": "response__place_store_key",
        "country": "response__country_code",
        "survey": "answer__survey_key",
    }
    everything = {"all": ""}
    for days in SCORE_WINDOWS:
        rows = f"{today} and window_days = {days}"
        read = f"{rows} and reading = 'all_answers'"
        span = f"{days} days"
        yield Comparison("feedback.nps_daily", counts, rows=f"{read} and dimension = 'all'", last=span)
        yield Comparison(
            "feedback.nps_daily",
            latest,
            rows=f"{rows} and reading = 'latest_answer_per_person' and dimension = 'all'",
            last=span,
        )
        for name, group in places.items():
            yield Comparison(
                "feedback.nps_daily",
                counts,
                {"dimension_value": group},
                rows=f"{read} and dimension = '{name}'",
                where=[dimension(group, "is not null")],
                last=span,
            )
        for metric in ("csat", "ces", "rating"):
            figures = {"box_n": f"{metric}_boxed", "top_box_n": f"{metric}_top", "mean_index": f"{metric}_mean_index"}
            figures |= {"top_box_share": f"{metric}_top_box_share"} | (
                {"mean_score": "ces_mean"} if metric == "ces" else {}
            )
            for name, group in (everything | places).items():
                yield Comparison(
                    "feedback.satisfaction_daily",
                    figures,
                    {"dimension_value": group} if group else {},
                    rows=f"{rows} and metric = '{metric}' and dimension = '{name}'",
                    where=[dimension(group, "is not null")] if group else [],
                    last=span,
                )
        figures = {"n": "reviews", "box_n": "reviews_boxed", "top_box_n": "reviews_top"}
        figures |= {"mean_index": "review_mean_index", "top_box_share": "review_top_box_share"}
        for name, group in (("all", ""), ("platform", "review__platform"), ("channel", "review__channel")):
            yield Comparison(
                "feedback.satisfaction_daily",
                figures,
                {"dimension_value": group} if group else {},
                rows=f"{rows} and metric = 'review' and dimension = '{name}'",
                where=[dimension(group, "is not null")] if group else [],
                last=span,
            )
    windows = ("dimension", "dimension_value", "window_days")
    since = "{{ TimeDimension('metric_time', 'day') }} = (select max(business_date) from feedback.nps_daily)"
    yield Comparison(
        "feedback.nps_daily",
        {
            "n": "window_answers",
            "promoters": "window_promoters",
            "detractors": "window_detractors",
            "nps": "window_nps",
        },
        {name: f"nps_window__{name}" for name in (*windows, "reading")} | {"business_date": "metric_time__day"},
        rows=today,
        where=[since],
    )
    yield Comparison(
        "feedback.satisfaction_daily",
        {
            "box_n": "window_scores_boxed",
            "top_box_n": "window_scores_top",
            "top_box_share": "window_top_box_share",
        },
        {name: f"satisfaction_window__{name}" for name in (*windows, "metric")} | {"business_date": "metric_time__day"},
        rows=today,
        where=[since],
    )


def voices() -> Iterator[Comparison]:
    """Response rates, replies, themes, the index."""
    yield Comparison(
        "feedback.survey_response_rate",
        {
            "delivered": "invites_delivered",
            "responded": "invites_responded",
            "completed": "invites_completed",
            "response_rate": "response_rate",
            "completion_rate": "completion_rate",
        },
        {"survey_key": "invite__survey_key", "sent_month": "metric_time__month"},
        rows="is_mature",
    )
    yield Comparison(
        "(select survey_key, count(*) as responses from feedback.fct_survey_response group by 1)",
        {"responses": "survey_responses"},
        {"survey_key": "response__survey_key"},
    )
    reply = {"reviews": "reviews", "replied": "replied_reviews", "reply_rate": "review_reply_rate"}
    reply |= {"median_hours_to_reply": "median_hours_to_review_reply"}
    by = {"review_month": "metric_time__month", "platform": "review__platform"}
    yield Comparison("feedback.review_reply_monthly", reply, by, rows="rating_band = 'all'")
    yield Comparison(
        "feedback.review_reply_monthly",
        reply,
        by,
        rows="rating_band = 'negative'",
        where=[dimension("review__is_negative", "")],
    )
    yield Comparison(
        "(select theme, text_week, sum(texts) as texts, sum(positive_texts) as positive,"
        " sum(negative_texts) as negative from feedback.feedback_theme_weekly group by all)",
        {"texts": "theme_texts", "positive": "theme_positive_texts", "negative": "theme_negative_texts"},
        {"theme": "theme_week__theme", "text_week": "metric_time__day"},
    )
    yield Comparison(
        "feedback.experience_index",
        {"experience_index": "experience_index"},
        {"channel": "experience_week__channel", "business_week": "metric_time__day"},
    )


def service() -> Iterator[Comparison]:
    """Parcels, help desk, disputes, alerts, contradictions."""
    by_week = {"promised_week": "metric_time__week"}
    yield Comparison(
        "feedback.delivery_weekly",
        {
            "due_orders": "due_orders",
            "kept_orders": "kept_orders",
            "kept_share": "delivery_promise_kept_share",
            "late_orders": "late_orders",
            "told_orders": "told_orders",
            "told_share": "told_share",
        },
        by_week,
        rows="country_code = 'all'",
    )
    yield Comparison(
        "feedback.delivery_weekly",
        {
            "due_orders": "due_orders_by_country",
            "kept_orders": "kept_orders_by_country",
            "kept_share": "delivery_promise_kept_share_by_country",
        },
        by_week | {"country_code": "promise__country_code"},
        rows="country_code <> 'all'",
    )
    tickets = {
        "tickets": "tickets",
        "replied_tickets": "replied_tickets",
        "resolved_tickets": "resolved_tickets",
        "replied_in_time_share": "replied_in_time_share",
        "median_hours_to_first_reply": "median_hours_to_first_reply",
        "p90_hours_to_first_reply": "p90_hours_to_first_reply",
        "median_hours_to_resolution": "median_hours_to_resolution",
    }
    by_week = {"opened_week": "metric_time__week"}
    yield Comparison("feedback.support_weekly", tickets, by_week, rows="ticket_channel = 'all'")
    yield Comparison(
        "feedback.support_weekly",
        tickets,
        by_week | {"ticket_channel": "ticket__ticket_channel"},
        rows="ticket_channel <> 'all'",
    )
    yield Comparison(
        "(select count(*) filter (where is_replied_in_time) as in_time from feedback.fct_support_ticket"
        " where not is_follow_up)",
        {"in_time": "replied_in_time_tickets"},
    )
    yield Comparison(
        "feedback.dispute_monthly",
        {
            "disputes": "disputes",
            "won_disputes": "won_disputes",
            "won_disputes + lost_disputes": "decided_disputes",
            "dispute_rate": "dispute_rate",
            "won_share": "dispute_won_share",
        },
        {"business_month": "metric_time__month"},
    )
    alerts = {
        "orders": "watched_orders",
        "alerts": "alerts",
        "confirmed_alerts": "confirmed_alerts",
        "quiet_orders": "quiet_orders",
        "missed_orders": "missed_orders",
        "confirmed_alerts + missed_orders": "troubled_orders",
        "alert_precision": "alert_precision",
        "alert_recall": "alert_recall",
        "quiet_trouble_share": "quiet_trouble_share",
    }
    yield Comparison(
        "feedback.anxiety_alert_quality", alerts, {"order_month": "metric_time__month"}, rows="period_kind = 'month'"
    )
    yield Comparison("feedback.anxiety_alert_quality", alerts, rows="period_kind = 'all'")
    yield Comparison(
        "feedback.contradiction_summary",
        {"found": "contradictions"},
        {"contradiction": "contradicting__contradiction", "grain": "contradicting__grain"},
    )
    yield Comparison(
        "feedback.expectation_gap",
        {"gap_orders": "gap_orders", "orders": "gap_sold_orders", "gap_share": "expectation_gap_share"},
        {"product_key": "product"},
    )
    yield Comparison(
        "(select survey_key, count(*) as n, count(ticket_key) as followed,"
        " cast(round(count(ticket_key) / count(*), 6) as decimal(9, 6)) as share"
        " from feedback.detractor_follow_up group by 1)",
        {"n": "detractors_to_follow", "followed": "followed_detractors", "share": "detractor_follow_up_share"},
        {"survey_key": "follow_up__survey_key"},
    )


FEEDBACK_AREAS: Final = (scores, voices, service)
