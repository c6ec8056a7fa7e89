with

differences as (

    select * from {{ ref('int_shadow_movement__compare') }}

),

accounts as (

    select * from {{ ref('shadow_ledger_difference') }}

),

joined as (

    select
        differences.source_system,
        differences.source_system || ':' || differences.account_key as shadow_account_key,
        differences.movement_type,
        differences.order_key,
        differences.matched_on,
        differences.movement_date,
        differences.points,
        differences.shadow_points,
        differences.points_difference,
        differences.cause,
        differences.is_consequence
    from differences

    union all

    select
        source_system,
        shadow_account_key,
        'balance' as movement_type,
        cast(null as string) as order_key,
        cast(null as string) as matched_on,
        balance_on as movement_date,
        cast(0 as bigint) as points,
        points_without_movement as shadow_points,
        points_without_movement as points_difference,
        'balance_without_movement' as cause,
        false as is_consequence
    from accounts
    where points_without_movement <> 0

),

final as (

    select
        joined.shadow_account_key || ':' || joined.movement_type
        || ':' || coalesce(joined.matched_on, '') as shadow_difference_key,
        joined.shadow_account_key,
        joined.source_system,
        accounts.member_key,
        accounts.customer_id,
        joined.cause,
        joined.movement_type,
        joined.order_key,
        joined.is_consequence,
        cast(joined.shadow_points as bigint) as shadow_points,
        cast(joined.points as bigint) as points,
        cast(joined.points_difference as bigint) as points_difference,
        accounts.reporting_currency_code,
        cast(joined.points_difference * accounts.point_value as decimal(18, 4))
            as difference_amount_reporting,
        joined.movement_date,
        {{ as_of_date() }} as as_of_date
    from joined
    inner join accounts on joined.shadow_account_key = accounts.shadow_account_key

)

select * from final
