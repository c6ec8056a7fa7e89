with

balances as (

    select * from {{ ref('int_shadow_balance__unify') }}

),

shadow_movements as (

    select * from {{ ref('int_shadow_movement__unify') }}

),

movements as (

    select * from {{ ref('fct_points_ledger') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

ours as (

    select
        balances.source_system,
        balances.account_key,
        sum(movements.points) as points
    from balances
    inner join movements
        on
            balances.member_key = movements.member_key
            and balances.balance_on >= movements.movement_date
    group by balances.source_system, balances.account_key

),

theirs as (

    select
        balances.source_system,
        balances.account_key,
        sum(shadow_movements.points) as points
    from balances
    inner join shadow_movements
        on
            balances.source_system = shadow_movements.source_system
            and balances.account_key = shadow_movements.account_key
            and balances.balance_on >= shadow_movements.movement_date
    group by balances.source_system, balances.account_key

),

compared as (

    select
        balances.*,
        coalesce(ours.points, 0) as our_points,
        coalesce(theirs.points, 0) as moved_points,
        programmes.point_value
    from balances
    left join ours
        on
            balances.source_system = ours.source_system
            and balances.account_key = ours.account_key
    left join theirs
        on
            balances.source_system = theirs.source_system
            and balances.account_key = theirs.account_key
    left join programmes
        on
            balances.programme_code = programmes.programme_code
            and balances.balance_on >= programmes.valid_from
            and (programmes.valid_to is null or balances.balance_on < programmes.valid_to)

),

final as (

    select
        source_system || ':' || account_key as shadow_account_key,
        source_system,
        programme_code,
        member_key,
        customer_id,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(points as bigint) as shadow_points,
        cast(our_points as bigint) as points,
        cast(points - our_points as bigint) as points_difference,
        cast(points - moved_points as bigint) as points_without_movement,
        cast(point_value as decimal(9, 4)) as point_value,
        cast((points - our_points) * point_value as decimal(18, 4))
            as difference_amount_reporting,
        balance_on,
        {{ as_of_date() }} as as_of_date
    from compared

)

select * from final
