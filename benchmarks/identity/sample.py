"""The customer records of the sample retailer with the person of each, made afresh at any seed and scale.

Its people live and shop as they do in the sample's files, and their records are written with the same slips. What they
are called comes from short lists of common names, so ten times the people are ten times the namesakes, as in a country
where everybody is a customer.

Belongs here: which of the sample's records there are, in the columns of `records.KNOWN`. Does not belong here: what
they say (`ingestion.sample`). Answers and reviews that give no e-mail address are left out: only the order that they
are about, which a file of records does not know, tells whose they are.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sample.build import PEOPLE_AT_SCALE_1
from ingestion.sample.chunk import PEOPLE_PER_CHUNK, draw_chunk, load_chunk, open_workshop
from ingestion.sample.draws import Draws
from ingestion.sample.period import Period

END: Final = dt.date(2026, 10, 31)
SCHEMA: Final = pa.schema(
    [
        (name, pa.string())
        for name in (
            "record_id", "source", "first_name", "last_name", "full_name", "email", "phone", "loyalty_card",
            "birth_date", "gender", "street", "postcode", "city", "country", "truth",
        )
    ]
)  # fmt: skip
RECORDS: Final = """
select
    customer_id as record_id, 'eshop' as source, first_name, last_name, null as full_name, email, phone,
    linked_card as loyalty_card, birth_date, gender, street, postcode, city, country_code as country, person_id as truth
from account inner join person using (person)
union all by name
select
    card_number as record_id, 'pos' as source, first_name, last_name, email, phone, card_number as loyalty_card,
    birth_date, gender, street, postcode, city, country_code as country, person_id as truth
from card inner join person using (person)
union all by name
select
    visit.number as record_id, 'guest' as source, first_name, last_name, email, phone, country_code as country,
    person_id as truth
from visit
inner join guest on visit.person = guest.person
inner join person on visit.person = person.person
where visit.store < 0 and visit.account < 0
union all by name
select
    visit.number as record_id, 'survey' as source,
    case when visit.number % 3 = 0 then first_name end as first_name,
    case when visit.number % 3 = 0 then last_name end as last_name,
    email, country_code as country, person_id as truth
from said
inner join visit on said.visit = visit.pos
inner join respondent on visit.person = respondent.person
inner join person on visit.person = person.person
where said.answered and said.shows_email and email is not null
union all by name
select
    visit.number as record_id, 'review' as source, first_name || ' ' || left(last_name, 1) || '.' as full_name,
    email, country_code as country, person_id as truth
from review
inner join visit on review.visit = visit.pos
inner join respondent on visit.person = respondent.person
inner join person on visit.person = person.person
where review.shows_email and email is not null
"""


def write_sample(folder: Path, seed: int, scale: float) -> Path:
    """Write the records of about 5,000 x `scale` people to a file in a folder, and return the file."""
    path = folder / f"sample retailer, seed {seed}, scale {scale:g}.parquet"
    draws, period = Draws(seed), Period(END)
    people = max(round(PEOPLE_AT_SCALE_1 * scale), 1)
    with open_workshop(period) as connection, pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for number in range(-(-people // PEOPLE_PER_CHUNK)):
            load_chunk(connection, draws, period, draw_chunk(draws, period, number, people))
            columns = ", ".join(f"{name}::varchar as {name}" for name in SCHEMA.names)
            query = f"select {columns} from ({RECORDS}) order by source, record_id"
            writer.write_table(connection.sql(query).to_arrow_table().cast(SCHEMA))
    return path
