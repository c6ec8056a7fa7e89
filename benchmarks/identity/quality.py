"""How right clusters are, by the people that the records are known to be of.

Belongs here: the measures, as SQL over `assigned` (customer_record_key, cluster, person, and what the record says).
Does not belong here: making the clusters.

Pairwise precision is the share of the pairs put together that are one person, recall the share of the pairs of one
person that were put together, F1 their harmonic mean. B-cubed (Bagga and Baldwin 1998) is the mean over records of the
same shares within the record's cluster and person.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb

PAIRWISE: Final = """
with together as (select cluster, person, count(*) as records from assigned group by all)
select
    (select sum(records * (records - 1) / 2) from together) as right_pairs,
    (select sum(n * (n - 1) / 2) from (select sum(records) as n from together group by cluster)) as pairs_together,
    (select sum(n * (n - 1) / 2) from (select sum(records) as n from together group by person)) as pairs_of_one_person,
    (select max(n) from (select sum(records) as n from together group by cluster)) as largest
"""
B_CUBED: Final = """
with together as (select cluster, person, count(*) as n from assigned group by all),
clusters as (select cluster, sum(n) as n from together group by cluster),
people as (select person, sum(n) as n from together group by person)
select
    sum(together.n * together.n / clusters.n) / sum(together.n) as precision,
    sum(together.n * together.n / people.n) / sum(together.n) as recall
from together
inner join clusters using (cluster)
inner join people using (person)
"""
BIRTH_DATES: Final = """
select count(*) from (
    select cluster from (
        select cluster, person, min(birth_date) as first, max(birth_date) as last
        from assigned where birth_date is not null group by all
    )
    group by cluster
    having count(*) > 1 and (min(first) <> max(first) or min(last) <> max(last))
)
"""
# The pairs of every two sources, or of one country: right, together and of one person.
BY: Final = """
with pairs as (
    select {left} as label, true as is_one_person, a.cluster = b.cluster as is_together
    from assigned as a inner join assigned as b
        on a.person = b.person and a.customer_record_key < b.customer_record_key
    union all
    select {left}, false, true
    from assigned as a inner join assigned as b
        on a.cluster = b.cluster and a.person <> b.person and a.customer_record_key < b.customer_record_key
)
select
    label,
    count(*) filter (is_one_person) as pairs_of_one_person,
    count(*) filter (is_together and is_one_person) / nullif(count(*) filter (is_together), 0) as precision,
    count(*) filter (is_together and is_one_person) / nullif(count(*) filter (is_one_person), 0) as recall
from pairs group by label order by label
"""
# Why a pair of one person was missed, and what two people that were put together have in common: the first that holds.
MISSED: Final = """
select
    case
        when a.birth_date <> b.birth_date then 'birth dates differ'
        when a.card_number = b.card_number or a.email = b.email or a.phone = b.phone then 'an identifier is the same'
        when a.given_key is null or b.given_key is null then 'no name, no identifier in common'
        when a.given_key = b.given_key and a.family_key = b.family_key then 'only the name is the same'
        else 'names differ, no identifier in common'
    end as kind,
    count(*) as pairs
from assigned as a inner join assigned as b
    on a.person = b.person and a.customer_record_key < b.customer_record_key and a.cluster <> b.cluster
group by kind order by pairs desc
"""
FALSE: Final = """
select
    case
        when a.email = b.email and a.phone = b.phone then 'e-mail address and phone are the same'
        when a.email = b.email then 'e-mail address is the same'
        when a.phone = b.phone then 'phone is the same'
        when a.given_key = b.given_key and a.family_key = b.family_key and a.street_key = b.street_key
            then 'namesakes at one address'
        when a.given_key = b.given_key and a.family_key = b.family_key then 'namesakes'
        else 'through other records'
    end as kind,
    count(*) as pairs
from assigned as a inner join assigned as b
    on a.cluster = b.cluster and a.customer_record_key < b.customer_record_key and a.person <> b.person
group by kind order by pairs desc
"""


def measure_quality(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the measures of the table `assigned`; shares are of 1, and None where there is nothing to share."""
    ((right, together, true, largest),) = connection.execute(PAIRWISE).fetchall()
    ((cubed_precision, cubed_recall),) = connection.execute(B_CUBED).fetchall()
    ((mixed,),) = connection.execute(BIRTH_DATES).fetchall()
    precision, recall = _share(right, together), _share(right, true)
    label = "least(a.source_system, b.source_system) || ' - ' || greatest(a.source_system, b.source_system)"
    return {
        "precision": precision,
        "recall": recall,
        "f1": _harmonic(precision, recall),
        "b_cubed_precision": float(cubed_precision),
        "b_cubed_recall": float(cubed_recall),
        "b_cubed_f1": _harmonic(float(cubed_precision), float(cubed_recall)),
        "largest_cluster": int(largest),
        "clusters_of_people_with_different_birth_dates": mixed,
        "by_sources": _rows(connection, BY.format(left=label)),
        "by_country": _rows(connection, BY.format(left="coalesce(a.country_code, '?')")),
        "missed": dict(connection.execute(MISSED).fetchall()),
        "false": dict(connection.execute(FALSE).fetchall()),
    }


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, dict[str, float | None]]:
    rows = connection.execute(query).fetchall()
    return {
        label: {"pairs": pairs, "precision": precision, "recall": recall, "f1": _harmonic(precision, recall)}
        for label, pairs, precision, recall in rows
    }


def _share(part: float, whole: float) -> float | None:
    return float(part) / float(whole) if whole else None


def _harmonic(a: float | None, b: float | None) -> float | None:
    return 2 * a * b / (a + b) if a and b else None
