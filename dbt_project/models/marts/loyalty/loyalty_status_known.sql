with

postings as (

    select
        *,
        lead(posted_date) over (partition by member_key order by posted_date) as known_to,
        lead(posting_cause) over (partition by member_key order by posted_date) as superseded_by
    from {{ ref('int_loyalty_status_posting__append') }}

),

aliases as (

    select * from {{ ref('customer_id_alias') }}

),

final as (

    select
        postings.member_key
        || '|'
        || cast(postings.posted_date as string) as loyalty_status_known_key,
        postings.programme_code,
        postings.member_key,
        case
            when aliases.former_customer_id is null then postings.posted_customer_id
            else aliases.customer_id
        end as customer_id,
        postings.posted_customer_id,
        postings.tier_code,
        postings.points_active,
        postings.points_pending,
        postings.points_deficit,
        postings.points_balance,
        postings.tier_since,
        postings.tier_until,
        postings.posting_cause as known_cause,
        postings.superseded_by as superseded_cause,
        postings.posted_date as known_from,
        postings.known_to
    from postings
    left join aliases on postings.posted_customer_id = aliases.former_customer_id
    where not postings.is_withdrawn

)

select * from final
