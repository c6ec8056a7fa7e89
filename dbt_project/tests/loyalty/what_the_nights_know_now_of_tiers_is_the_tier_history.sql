with

known as (

    select * from {{ ref('tier_history_known') }}
    where known_to is null

),

history as (

    select * from {{ ref('tier_history') }}

),

final as (

    select
        coalesce(history.tier_history_key, known.tier_history_key) as tier_history_key,
        history.tier_code,
        known.tier_code as known_tier_code
    from history
    full outer join known on history.tier_history_key = known.tier_history_key
    where
        history.tier_code is distinct from known.tier_code
        or history.valid_to is distinct from known.valid_to
        or history.reason is distinct from known.reason

)

select * from final
