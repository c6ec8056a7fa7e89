-- Movements of one member, kind and order are set against each other as sums: an engine books an
-- order at once where the ledger books its lines. Where an engine does not name orders for a kind
-- of movement, the day takes the order's place.
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

namings as (

    select
        source_system,
        movement_type,
        min(case when order_key is null then 0 else 1 end) = 1 as names_orders
    from shadow_movements
    group by source_system, movement_type

),

theirs_numbered as (

    select
        balances.source_system,
        balances.account_key,
        shadow_movements.movement_type,
        shadow_movements.points,
        shadow_movements.movement_date,
        case
            when namings.names_orders then shadow_movements.order_key
            else cast(shadow_movements.movement_date as string)
        end as matched_on,
        case when namings.names_orders then shadow_movements.order_key end as order_key,
        row_number() over (
            partition by
                balances.source_system,
                balances.account_key,
                shadow_movements.movement_type,
                shadow_movements.order_key,
                shadow_movements.points
            order by shadow_movements.occurred_at, shadow_movements.shadow_movement_key
        ) as copy_number
    from balances
    inner join shadow_movements
        on
            balances.source_system = shadow_movements.source_system
            and balances.account_key = shadow_movements.account_key
            and balances.balance_on >= shadow_movements.movement_date
    inner join namings
        on
            shadow_movements.source_system = namings.source_system
            and shadow_movements.movement_type = namings.movement_type

),

theirs as (

    select
        source_system,
        account_key,
        movement_type,
        matched_on,
        max(order_key) as order_key,
        sum(points) as points,
        count(*) as movements,
        sum(case when copy_number > 1 and order_key is not null then points else 0 end)
            as copied_points,
        min(movement_date) as movement_date
    from theirs_numbered
    group by source_system, account_key, movement_type, matched_on

),

ours as (

    select
        balances.source_system,
        balances.account_key,
        movements.movement_type,
        case
            when coalesce(namings.names_orders, true) then movements.order_key
            else cast(movements.movement_date as string)
        end as matched_on,
        max(case when coalesce(namings.names_orders, true) then movements.order_key end)
            as order_key,
        sum(movements.points) as points,
        count(distinct movements.occurred_at) as instants,
        min(movements.movement_date) as movement_date
    from balances
    inner join movements
        on
            balances.member_key = movements.member_key
            and balances.balance_on >= movements.movement_date
    left join namings
        on
            balances.source_system = namings.source_system
            and movements.movement_type = namings.movement_type
    group by
        balances.source_system,
        balances.account_key,
        movements.movement_type,
        case
            when coalesce(namings.names_orders, true) then movements.order_key
            else cast(movements.movement_date as string)
        end

),

-- An adjustment may have no order and no day in common: NULL is a place of its own.
paired as (

    select
        coalesce(ours.source_system, theirs.source_system) as source_system,
        coalesce(ours.account_key, theirs.account_key) as account_key,
        coalesce(ours.movement_type, theirs.movement_type) as movement_type,
        coalesce(ours.order_key, theirs.order_key) as order_key,
        coalesce(ours.matched_on, theirs.matched_on) as matched_on,
        coalesce(ours.movement_date, theirs.movement_date) as movement_date,
        coalesce(ours.points, 0) as points,
        coalesce(ours.instants, 0) as instants,
        coalesce(theirs.points, 0) as shadow_points,
        coalesce(theirs.movements, 0) as shadow_movements,
        coalesce(theirs.copied_points, 0) as copied_points
    from ours
    full outer join theirs
        on
            ours.source_system = theirs.source_system
            and ours.account_key = theirs.account_key
            and ours.movement_type = theirs.movement_type
            and coalesce(ours.matched_on, '') = coalesce(theirs.matched_on, '')

),

named as (

    select
        *,
        shadow_points - points as points_difference,
        case
            when copied_points <> 0 and shadow_points - points = copied_points then 'double_sync'
            when movement_type = 'earn' and shadow_movements = 0 then 'missing_earn'
            when movement_type = 'clawback' and shadow_movements < instants
                then 'refund_kept_points'
            when movement_type = 'clawback' and points <> 0 then 'wrong_rate_clawback'
            when movement_type = 'expire' and shadow_movements = 0 then 'never_expired_lots'
            when movement_type <> 'expire' then 'unexplained'
        end as own_cause
    from paired
    where shadow_points <> points

),

-- What is wrong with an order's points is wrong again when they run out: the expiry takes the cause
-- of the order's other difference, when there is exactly one.
causes_of_order as (

    select
        source_system,
        account_key,
        order_key,
        min(own_cause) as cause
    from named
    where order_key is not null and own_cause is not null
    group by source_system, account_key, order_key
    having count(distinct own_cause) = 1

),

final as (

    select
        named.source_system,
        named.account_key,
        named.movement_type,
        named.matched_on,
        named.order_key,
        named.movement_date,
        named.points,
        named.shadow_points,
        named.points_difference,
        coalesce(named.own_cause, causes_of_order.cause, 'unexplained') as cause,
        named.own_cause is null and causes_of_order.cause is not null as is_consequence
    from named
    left join causes_of_order
        on
            named.source_system = causes_of_order.source_system
            and named.account_key = causes_of_order.account_key
            and named.order_key = causes_of_order.order_key

)

select * from final
