"""The truth about the sample, written aside for tests and never read by the pipeline.

    customer_records  system, record_type, source_id -> person_id
    orders            every order and sale that is not a broken row: person, validity, money in its own currency
    answers           every NPS answer that counts
    lives             per person: the day on which they stopped being a customer, empty for those who have not
    spend             per person: net of valid orders of the last twelve months, less what came back of them
    contradictions    orders whose signals contradict each other, and how
    checkouts         checkouts that were left, and the order that came of them
    words             every text of a review, a survey or a ticket: its language, mood and theme
    engine_faults     what the former points engine booked wrongly, and by how many points
    loyalty_members   the cards of `stories`: tier and balance on the last day; loyalty_movements: their ledger
    row_counts        rows, broken, repeated and orphan rows of every entity's files

Belongs here: what is true, computed from what was drawn and not from the files. Does not belong here: any mart's SQL.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sample import bonus
from ingestion.sample.care import ASKS, COMPLAINS, ticket_id
from ingestion.sample.feedback import SURVEYS
from ingestion.sample.outcomes import CANCELLED, DELETED, EARLY, NEVER, NORMAL, VOID
from ingestion.sample.period import DAY, DAYS
from ingestion.sample.phrases import MOODS
from ingestion.sample.tills import SALE_ID
from ingestion.sample.voice import COMMENT_MOOD, IS_TOP, REVIEW_MOOD, words
from ingestion.sample.webshop import ORDER_ID

_NUMBER: Final = f"case when visit.store < 0 then {ORDER_ID} else {SALE_ID} end"
_SYSTEM: Final = "case when visit.store < 0 then 'webshop' else 'tills' end"
_DATE: Final = "cast(make_timestamp(visit.local_at * 1000000) as date)"
# What was to be annulled, deleted or refunded after the period had ended still counted then.
_VALID: Final = f"""(
    visit.fate = {NORMAL}
    or (
        (visit.fate in ({VOID}, {DELETED}) or (visit.fate = {CANCELLED} and visit.store < 0))
        and visit.ended >= (select finish from period)
    )
    or (visit.fate = {EARLY} and not exists (select 1 from refund where refund.visit = visit.pos))
)"""
_DECIMAL: Final = "decimal(18, 2)"


def _money(amount: str) -> str:
    return f"cast(({amount}) * 0.01 as {_DECIMAL})"


WAITING_DAYS: Final = 6
"""A ticket of an earlier day than this before the end of the period makes somebody wait: seven business days."""
_KEY: Final = f"{_SYSTEM} || ':' || {_NUMBER}"
_ANSWER: Final = """(
            select record, bool_or(edited) as edited, min(deleted_at) as deleted_at from said_version group by record
        ) as version inner join said on version.record = said.pos inner join visit on said.visit = visit.pos"""
_REVIEW: Final = """(select record, bool_or(edited) as edited from review_version group by record) as version
        inner join review on version.record = review.pos inner join visit on review.visit = visit.pos"""
_STORE: Final = "left join store on visit.store = store.no"
_COUNTRY: Final = "inner join country on visit.country = country.no"


def _mood(number: str) -> str:
    return f"[{', '.join(repr(mood) for mood in MOODS)}][{number}]"


def _contradictions() -> str:
    promoter = f"{_ANSWER} {_STORE}"
    recommends = "said.nps + cast(version.edited as integer) >= 9 and version.deleted_at > (select finish from period)"
    return f"""
        select {_KEY} as order_key, 'promoter_returned_everything' as reason
        from {promoter}
        inner join (select visit, sum(gross) as gross from line group by visit) as lines on lines.visit = visit.pos
        inner join (
            select visit, sum(amount) as amount from refund where names_sale group by visit
        ) as back on back.visit = visit.pos
        where {recommends} and back.amount >= lines.gross - visit.discount
        union
        select {_KEY}, 'promoter_beside_open_dispute'
        from {promoter} inner join dispute on dispute.visit = visit.pos
        where {recommends} and dispute.closed = {NEVER}
        union
        select {_KEY}, 'promoter_with_open_ticket'
        from {promoter} inner join ticket on ticket.visit = visit.pos and ticket.said < 0
        where {recommends} and not ({ASKS}) and ticket.resolved = {NEVER}
            and ticket.opened < (select finish from period) - {WAITING_DAYS} * {DAY}
        union
        select {_KEY}, 'top_rating_beside_open_dispute'
        from {_REVIEW} {_STORE}
        inner join dispute on dispute.visit = visit.pos
        where review.verified and dispute.closed = {NEVER} and {IS_TOP}
        union
        select {_KEY}, 'top_rating_with_negative_words'
        from {_REVIEW} {_STORE}
        where review.verified and {IS_TOP} and {REVIEW_MOOD} = 1
        order by 1, 2"""


def _words() -> str:
    return f"""
        select 'survey' as source, 'RE' || visit.number as id, country.language as language_code,
            {_mood(COMMENT_MOOD)} as sentiment, {words(COMMENT_MOOD, "said.comment", 0)} as theme
        from {_ANSWER} {_COUNTRY}
        where said.comment >= 0 and not said.partial and version.deleted_at > (select finish from period)
        union all
        select 'review', 'RV' || visit.number, country.language,
            {_mood(REVIEW_MOOD)}, {words(REVIEW_MOOD, "review.words", 0)}
        from {_REVIEW} {_COUNTRY}
        union all
        select 'ticket', {ticket_id()}, country.language, {_mood("1")}, {words("1", "ticket.luck", 0)}
        from ticket inner join visit on ticket.visit = visit.pos {_COUNTRY} where {COMPLAINS}
        order by 1, 2"""


QUERIES: Final = {
    "lives": f"""
        select
            person_id,
            case when left_day < {DAYS} then period.end_date - {DAYS - 1} + cast(left_day as integer) end as left_date
        from person cross join period where left_day is not null
        order by person_id""",
    "engine_faults": bonus.FAULTS,
    "contradictions": _contradictions(),
    "words": _words(),
    "checkouts": f"""
        select
            'CO' || checkout.number as checkout_id,
            case when lost = 1 then 'lost' when becomes = 1 then 'same_checkout' else 'later_order' end as fate,
            case when lost = 0 then {ORDER_ID} end as source_order_id,
            person_id
        from checkout inner join visit on checkout.visit = visit.pos inner join person using (person)
        order by 1""",
    "customer_records": f"""
        select 'webshop' as source_system, 'eshop_account' as record_type, customer_id as source_id, person_id
        from account inner join person using (person)
        inner join (select distinct record from account_version) as seen on seen.record = account.pos
        union all
        select 'webshop', 'eshop_guest', 'guest:' || {ORDER_ID}, person_id
        from visit inner join person using (person) where visit.store < 0 and visit.account < 0
        union all
        select 'tills', 'loyalty_card', card_number, person_id from card inner join person using (person)
        inner join (select distinct record from card_version) as seen on seen.record = card.pos
        union all
        select 'voice', 'survey_respondent', 'RE' || visit.number, person_id
        from said inner join visit on said.visit = visit.pos left join person using (person)
        inner join (select distinct record from said_version) as seen on seen.record = said.pos
        union all
        select 'voice', 'review_author', 'RV' || visit.number, person_id
        from review inner join visit on review.visit = visit.pos left join person using (person)
        inner join (select distinct record from review_version) as seen on seen.record = review.pos
        union all
        select 'care', 'support_requester', {ticket_id()}, person_id
        from ticket inner join visit on ticket.visit = visit.pos left join person using (person)
        order by 1, 2, 3""",
    "orders": f"""
        select
            {_SYSTEM} as source_system,
            {_NUMBER} as source_order_id,
            person_id,
            country.currency as currency_code,
            {_DATE} as order_date,
            {_VALID} as is_valid,
            visit.is_gift_card,
            visit.line_count,
            {_money("lines.gross")} as gross_amount,
            {_money("visit.discount")} as discount_amount,
            {_money("coalesce(back.amount, 0)")} as returned_amount,
            {_money("lines.gross - visit.discount - coalesce(back.amount, 0)")} as net_amount,
            {_money("visit.shipping")} as shipping_amount,
            {_money("visit.tax")} as tax_amount,
            {_money("visit.total")} as total_amount
        from visit
        inner join country on visit.country = country.no
        left join store on visit.store = store.no
        left join person using (person)
        inner join (select visit, sum(gross) as gross from line group by visit) as lines on lines.visit = visit.pos
        left join (
            select visit, sum(amount) as amount from refund where names_sale group by visit
        ) as back on back.visit = visit.pos
        order by visit.pos""",
    "answers": f"""
        select
            'RE' || visit.number as response_id,
            [{", ".join(repr(survey[0]) for survey in SURVEYS)}][said.survey + 1] as survey_id,
            person_id,
            make_timestamp(said.submitted * 1000000) as submitted_at,
            least(said.nps + cast(version.edited as integer), 10) as score
        from (
            select record, bool_or(edited) as edited, min(deleted_at) as deleted_at from said_version group by record
        ) as version
        inner join said on version.record = said.pos
        inner join visit on said.visit = visit.pos
        left join person using (person)
        where said.nps >= 0 and version.deleted_at > (select finish from period)
        order by visit.pos""",
    "spend": f"""
        select
            person_id,
            country.currency as currency_code,
            {_money("sum(visit.total - visit.shipping - coalesce(back.amount, 0))")} as net_amount,
            count(*) as orders
        from visit
        inner join person using (person)
        inner join country on visit.country = country.no
        left join (
            select visit, sum(amount) as amount from refund where names_sale group by visit
        ) as back on back.visit = visit.pos
        where {_VALID} and not visit.is_gift_card
            and {_DATE} > (select end_date - interval 12 month from period)
        group by all
        order by person_id""",
}


class Truth:
    """Truth tables that grow chunk by chunk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Append the truth of the chunk that is loaded."""
        for name, query in QUERIES.items():
            table = connection.sql(query).to_arrow_table()
            if name not in self._writers:
                self._writers[name] = pq.ParquetWriter(
                    self._folder / f"{name}.parquet", table.schema, compression="zstd"
                )
            self._writers[name].write_table(table)

    def close(self, rows: dict[str, Counter[tuple[str, str]]]) -> None:
        """Finish the files and write the counts of rows."""
        for writer in self._writers.values():
            writer.close()
        counts = [
            {"source_system": system, "entity": entity}
            | {kind: counter[entity, kind] for kind in ("rows", "bad_rows", "repeated_rows", "orphan_rows")}
            for system, counter in rows.items()
            for entity in sorted({entity for entity, _ in counter})
        ]
        pq.write_table(pa.Table.from_pylist(counts), self._folder / "row_counts.parquet")
