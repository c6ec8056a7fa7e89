with

balances as (

    {{ shadow_rows(
        ref('stg_pos__loyalty_balances'), ref('stg_eshop__loyalty_balances'),
        ['balance_on', 'points']
    ) }}

),

-- Each account's newest balance; a member may have several accounts at the engine.
newest as (

    select
        *,
        row_number() over (
            partition by source_system, holder_key, programme_code
            order by balance_on desc
        ) as recency
    from balances
    where balance_on <= {{ as_of_date() }}

),

final as (

    select
        source_system,
        known_programme_code as programme_code,
        coalesce(known_programme_code || ':' || customer_id, holder_key) as account_key,
        known_programme_code || ':' || customer_id as member_key,
        customer_id,
        max(balance_on) as balance_on,
        sum(points) as points
    from newest
    where recency = 1
    group by
        source_system,
        known_programme_code,
        coalesce(known_programme_code || ':' || customer_id, holder_key),
        known_programme_code || ':' || customer_id,
        customer_id

)

select * from final
