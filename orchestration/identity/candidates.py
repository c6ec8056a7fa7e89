"""The pairs of customer records that may be one person, and how each pair compares.

Pairs come from the declared blocks, Splink compares them; what comes out is one row per pair with the answers of all
comparisons in one number (its pattern). Works on a scratch database of its own, so that no table of Splink's is left in
the warehouse.

Belongs here: making pairs and running Splink. Does not belong here: which comparisons there are (`comparisons`) and
what they weigh (`mixture`).
"""

from __future__ import annotations

import itertools
import logging
from typing import Any, Final

import duckdb
import splink.comparison_level_library as levels
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_library import CustomComparison

from orchestration.identity.comparisons import BLOCKING, COMPARISONS, Comparison

# What makes two records of one shape the same in every detail that is compared.
DETAILS: Final = (
    "given_word",
    "given_words",
    "family_word",
    "is_name_from_email",
    "email",
    "phone",
    "card_number",
    "birth_date",
    "birth_year",
    "gender",
    "street_key",
    "house_number",
    "postcode",
    "city_key",
    "country_code",
)

FUNCTIONS: Final = """
create or replace macro initial_class(word) as translate(left(word, 1), 'cqxhfbvwuyjg', 'kkkkppppuiii');
create or replace macro swap_day_and_month(digits) as left(digits, 4) || substr(digits, 7, 2) || substr(digits, 5, 2);
"""
TEMPORARY_FUNCTIONS: Final = FUNCTIONS.replace("or replace macro", "or replace temp macro")

# Checkouts of one guest repeat all of their details: one of them is compared in place of all. So do the tickets of one
# requester, whom a help desk often knows by the address alone, and who may write more often than a block allows. A name
# alone is no detail that could make two records one. The buyer of an order that feedback is about is compared with that
# feedback.
_TELLS_WHOM: Final = "(given_word is not null or record_type = 'support_requester')"
# Details are compared by their hash, and the identifiers themselves: a window over fifteen texts takes twice as long.
REPRESENTATIVES: Final = f"""
create or replace table representative as
with judged as (
    select
        compared_record.customer_record_key,
        email,
        phone,
        card_number,
        case when is_about_an_order then buyer_record_key end as asked_key,
        hash(is_about_an_order, {_TELLS_WHOM}, {", ".join(DETAILS)}) as details,
        (email is not null or phone is not null or card_number is not null or is_about_an_order)
        and {_TELLS_WHOM}
        and decided_record.customer_record_key is null and asked_buyer.customer_record_key is null as may_be_copied
    from compared_record
    left join decided_record on compared_record.customer_record_key = decided_record.customer_record_key
    left join (
        select distinct buyer_record_key as customer_record_key from compared_record where is_about_an_order
    ) as asked_buyer on compared_record.customer_record_key = asked_buyer.customer_record_key
)
select
    customer_record_key,
    case
        when may_be_copied
            then min(customer_record_key) over (
                partition by may_be_copied, details, email, phone, card_number, asked_key
            )
        else customer_record_key
    end as representative_key
from judged
"""
COPIES: Final = """
create or replace temp table copied as
select
    representative_key,
    (row_number() over (order by representative_key) - 1)::integer as position,
    count(*) as copies,
    bool_or(is_living_card) as has_living_card
from representative
inner join compared_record using (customer_record_key)
group by representative_key
"""
# The keys of all blocks, apart from all that a record says: what is joined twenty times had better be narrow.
KEYED: Final = """
create or replace temp table keyed_record as
with parted as (
    select
        compared.*,
        copied.position,
        regexp_replace(email_name, '[^0-9]', '', 'g') as figures,
        regexp_replace(email_name, '[^a-z]', '', 'g') as letters
    from compared_record as compared
    inner join copied on compared.customer_record_key = copied.representative_key
),
named as (
    select
        *,
        case when length(figures) >= 3 then left(email_name, 1) || figures end as email_figures,
        case when length(letters) >= 8 then letters end as email_letters
    from parted
)
select position, {keys} from named
"""
# Names are counted within a country, and those of records that do not say theirs in all (see the compare model).
POPULATIONS: Final = """
create or replace temp table population as
select country_code, log2(count(*)) as doublings from compared_record
where given_word is not null and country_code is not null
group by country_code
union all
select null, log2(nullif(count(*), 0)) from compared_record where given_word is not null
"""
CANDIDATES: Final = """
create or replace table candidate_record as
select
    compared.* replace (copied.has_living_card as is_living_card),
    copied.copies,
    coalesce(population.doublings, 0) as population_doublings,
    kept_block.*,
    hash({read}) as details_hash
from compared_record as compared
inner join copied on compared.customer_record_key = copied.representative_key
inner join kept_block on copied.position = kept_block.position
left join population on compared.country_code is not distinct from population.country_code
"""
READ_BY_COMPARISONS: Final = (
    "customer_record_key", "given_word", "given_words", "family_word", "given_skeleton",
    "family_skeleton", "given_ending", "email", "email_name", "phone", "card_number", "birth_date", "birth_digits",
    "birth_year", "gender", "street_key", "house_number", "postcode", "city_key", "buyer_record_key",
    "is_about_an_order",
)  # fmt: skip
PAIR_TABLE: Final = """
create table if not exists pair_pattern (left_position integer, right_position integer, pattern bigint)
"""
CHUNK: Final = """
create or replace temp view chunk_of_pairs as
select '0' as match_key, left_position as join_key_l, right_position as join_key_r
from blocked_pair where left_position >= {first} and left_position < {last}
"""
# The weight of the n-th answer from the last is n = log2(2^(n - ONE) / 2^-ONE); that of what is unknown is 0.
ONE: Final = 10
# So many pairs are compared at a time: what Splink makes of them is in memory.
PAIRS_AT_A_TIME: Final = 5_000_000


def prepare(scratch: duckdb.DuckDBPyConnection) -> None:
    """Make `candidate_record` from `compared_record`: one row per set of details, with the key of every block.

    Its `position` is a candidate's place, from 0, in the order of their keys.

    `decided_record` holds the keys of the records that a person has decided on.

    A block of one candidate, or of more than its rule allows, has no key. `details_hash` changes when anything does
    that a comparison or a block reads.
    """
    scratch.execute(FUNCTIONS)
    scratch.execute(REPRESENTATIVES)
    scratch.execute(COPIES)
    names = [f"block_{number}" for number in range(len(BLOCKING))]
    keys = [
        f"case when {' and '.join(f'{column} is not null' for column in rule.columns)}"
        f" then hash({', '.join(rule.columns)}) end as {name}"
        for name, rule in zip(names, BLOCKING, strict=True)
    ]
    scratch.execute(KEYED.format(keys=", ".join(keys)))
    for name, rule in zip(names, BLOCKING, strict=True):
        scratch.execute(
            f"""
            create or replace temp table of_{name} as
            select {name} from keyed_record where {name} is not null
            group by {name} having count(*) between 2 and {rule.largest}
            """
        )
    kept = ", ".join(f"of_{name}.{name}" for name in names)
    joins = " ".join(f"left join of_{name} on keyed_record.{name} = of_{name}.{name}" for name in names)
    scratch.execute(
        f"create or replace temp table kept_block as select keyed_record.position, {kept} from keyed_record {joins}"
    )
    read = ", ".join([f"compared.{name}" for name in READ_BY_COMPARISONS] + [f"kept_block.{name}" for name in names])
    scratch.execute(POPULATIONS)
    scratch.execute(CANDIDATES.format(read=read))
    for table in ("population", "keyed_record", "kept_block", *(f"of_{name}" for name in names)):
        scratch.execute(f"drop table {table}")


def compare(scratch: duckdb.DuckDBPyConnection, changed: str | None = None) -> None:
    """Add to `pair_pattern` every pair of candidates that share a block.

    Args:
        scratch: holds `candidate_record`.
        changed: a table of customer_record_key; only pairs with one of these are compared. All pairs, when left out.
    """
    scratch.execute(PAIR_TABLE)
    pairs = _block(scratch, changed)
    if not pairs:
        return
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=scratch)
    read = ", ".join(name for name in READ_BY_COMPARISONS if name != "customer_record_key")
    scratch.execute(f"create or replace temp view side_of_pair as select position, {read} from candidate_record")
    linker = Linker(api.register("side_of_pair", table_name="candidates"), splink_settings(), log_level=logging.ERROR)
    for number, (first, last) in enumerate(_chunks(scratch, pairs)):
        scratch.execute(CHUNK.format(first=first, last=last))
        linker.table_management.register_blocked_pairs_for_predict(
            api.register("chunk_of_pairs", table_name=f"chunk_{number}")
        )
        answers = linker.inference.predict(threshold_match_weight=None, warning_mode="never")
        compared = f"select position_l, position_r, {pattern_expression()} from {answers.physical_name}"
        scratch.execute(f"insert into pair_pattern {compared}")
        answers.drop_table_from_database_and_remove_from_cache()
    scratch.execute("drop view chunk_of_pairs")
    scratch.execute("drop view side_of_pair")
    scratch.execute("drop table blocked_pair")


def _block(scratch: duckdb.DuckDBPyConnection, changed: str | None) -> int:
    """Fill `blocked_pair` with the pairs that share a block, and return how many they are."""
    one, of_two = "candidate_record", "a.position < b.position"
    if changed is not None:
        one, of_two = "changed_record", "a.position <> b.position"
        changed_ones = f"from candidate_record semi join {changed} using (customer_record_key)"
        scratch.execute(f"create or replace temp view {one} as {changed_ones}")
    ends = "least(a.position, b.position) as left_position, greatest(a.position, b.position) as right_position"
    every = " union all ".join(
        f"select {ends} from {one} as a inner join candidate_record as b"
        f" on a.block_{number} = b.block_{number} and {of_two}"
        for number in range(len(BLOCKING))
    )
    scratch.execute(f"create or replace table blocked_pair as select distinct * from ({every})")
    ((pairs,),) = scratch.execute("select count(*) from blocked_pair").fetchall()
    return int(pairs)


def _chunks(scratch: duckdb.DuckDBPyConnection, pairs: int) -> list[tuple[int, int]]:
    """Return ranges of left positions with about PAIRS_AT_A_TIME pairs each, from the first up to before the last."""
    count = -(-pairs // PAIRS_AT_A_TIME)
    shares = ", ".join(f"{number / count}" for number in range(1, count))
    bounds: list[int] = []
    if shares:
        ((bounds,),) = scratch.execute(f"select quantile_disc(left_position, [{shares}]) from blocked_pair").fetchall()
    ((size,),) = scratch.execute("select count(*) from candidate_record").fetchall()
    edges = [0, *bounds, int(size)]
    return list(itertools.pairwise(edges))


def splink_settings() -> SettingsCreator:
    """Return Splink's settings: the comparisons, without any weights; pairs are given."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="position",
        comparisons=[_splink_comparison(comparison) for comparison in COMPARISONS],
        blocking_rules_to_generate_predictions=[CustomRule("l.position = r.position")],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _splink_comparison(comparison: Comparison) -> CustomComparison:
    """Return a comparison whose weight is the number of the answer.

    Splink gives back the texts that were compared along with its own numbering of the answers, which costs more than
    comparing; the weights come alone.
    """
    last = len(comparison.levels)
    answers: list[Any] = [levels.CustomLevel(comparison.unknown, "unknown").configure(is_null_level=True)]
    for number, level in enumerate(comparison.levels):
        answer = levels.CustomLevel(level.condition, level.label) if level.condition else levels.ElseLevel()
        answers.append(answer.configure(m_probability=2.0 ** (last - number - ONE), u_probability=2.0**-ONE))
    return CustomComparison(output_column_name=comparison.name, comparison_levels=answers)


def pattern_expression() -> str:
    """Return SQL for the answers of all comparisons as one whole number (see `mixture.unpack`)."""
    terms, base = [], 1
    for comparison in COMPARISONS:
        terms.append(f"round(mw_{comparison.name})::bigint * {base}")
        base *= len(comparison.levels) + 1
    return " + ".join(terms)


def self_pattern_expression() -> str:
    """Return SQL for the pattern of a candidate and its own copy."""
    terms, base = [], 1
    for comparison in COMPARISONS:
        unknown = comparison.unknown.replace("_l", "").replace("_r", "")
        terms.append(f"case when {unknown} then 0 else {len(comparison.levels) * base} end")
        base *= len(comparison.levels) + 1
    return " + ".join(terms)
