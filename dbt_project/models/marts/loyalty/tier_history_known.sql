with

postings as (

    select
        *,
        lead(posted_date) over (partition by tier_history_key order by posted_date) as known_to,
        lead(posting_cause)
            over (partition by tier_history_key order by posted_date)
            as superseded_by
    from {{ ref('int_tier_posting__append') }}

),

aliases as (

    select * from {{ ref('customer_id_alias') }}

),

final as (

    select
        postings.tier_history_key
        || '|'
        || cast(postings.posted_date as string) as tier_history_known_key,
        postings.programme_code,
        postings.member_key,
        case
            when aliases.former_customer_id is null then postings.posted_customer_id
            else aliases.customer_id
        end as customer_id,
        postings.posted_customer_id,
        postings.tier_history_key,
        postings.tier_code,
        postings.tier_name,
        postings.reason,
        postings.rule_version,
        postings.tier_rank,
        postings.qualifying_amount,
        postings.valid_from,
        postings.valid_to,
        postings.term_end_date,
        postings.posting_cause as known_cause,
        postings.superseded_by as superseded_cause,
        postings.posted_date as known_from,
        postings.known_to
    from postings
    left join aliases on postings.posted_customer_id = aliases.former_customer_id
    where not postings.is_withdrawn

)

select * from final
