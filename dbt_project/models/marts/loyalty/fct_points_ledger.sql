{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    pre_hook="{{ forget_nights(this) }}",
) }}

-- What only a journal that exists already is compared with:
-- depends_on: {{ ref('int_points_earn__calculate') }}
-- depends_on: {{ ref('fct_order') }}
-- depends_on: {{ ref('int_loyalty_programme__version') }}
-- depends_on: {{ ref('customer_id_alias') }}
-- depends_on: {{ ref('int_points_idle_posting__append') }}
with

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

movements as (

    select
        movements.movement_id,
        members.programme_code,
        members.member_key,
        members.customer_id,
        movements.movement_type,
        movements.rule_version,
        movements.lot_id,
        movements.order_key,
        movements.order_line_key,
        movements.refund_line_key,
        movements.payment_key,
        movements.loyalty_event_key,
        movements.points,
        movements.points_per_unit,
        movements.base_amount_reporting,
        movements.amount_reporting,
        movements.occurred_at,
        movements.movement_date
    from {{ ref('int_points_movement__collect') }} as movements
    inner join members on movements.member_number = members.member_number

),

{% if is_incremental() -%}
postings as (

    select * from {{ this }}
    where posted_date < {{ as_of_date() }}

),

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

aliases as (

    select * from {{ ref('customer_id_alias') }}

),

nights as (

    select max(posted_date) as last_posted_date
    from postings

),

-- What does not say the same as its first posting, and what has been corrected before: a small part
-- of a large journal.
suspects as (

    select movements.movement_id
    from movements
    left join postings
        on
            movements.movement_id = postings.movement_id
            and movements.programme_code = postings.programme_code
            and movements.customer_id = postings.customer_id
            and movements.points = postings.points
            and not postings.is_correction
    where postings.movement_id is null
    union
    select postings.movement_id
    from postings
    left join movements on postings.movement_id = movements.movement_id
    where
        movements.movement_id is null
        or postings.is_correction

),

known as (

    select
        postings.movement_id,
        postings.programme_code,
        postings.member_key,
        postings.customer_id,
        max(postings.movement_type) as movement_type,
        max_by(postings.rule_version, postings.posted_date) as rule_version,
        max(postings.lot_id) as lot_id,
        max(postings.order_key) as order_key,
        max(postings.order_line_key) as order_line_key,
        max(postings.refund_line_key) as refund_line_key,
        max(postings.payment_key) as payment_key,
        max(postings.loyalty_event_key) as loyalty_event_key,
        sum(postings.points) as points,
        max_by(postings.points_per_unit, postings.posted_date) as points_per_unit,
        sum(postings.base_amount_reporting) as base_amount_reporting,
        sum(postings.amount_reporting) as amount_reporting,
        max_by(postings.occurred_at, postings.posted_date) as occurred_at,
        max_by(postings.movement_date, postings.posted_date) as movement_date
    from postings
    inner join suspects on postings.movement_id = suspects.movement_id
    group by
        postings.movement_id,
        postings.programme_code,
        postings.member_key,
        postings.customer_id

),

suspected as (

    select movements.*
    from movements
    inner join suspects on movements.movement_id = suspects.movement_id

),

differences as (

    select
        coalesce(suspected.movement_id, known.movement_id) as movement_id,
        coalesce(suspected.programme_code, known.programme_code) as programme_code,
        coalesce(suspected.member_key, known.member_key) as member_key,
        coalesce(suspected.customer_id, known.customer_id) as customer_id,
        coalesce(suspected.movement_type, known.movement_type) as movement_type,
        coalesce(suspected.rule_version, known.rule_version) as rule_version,
        coalesce(suspected.lot_id, known.lot_id) as lot_id,
        coalesce(suspected.order_key, known.order_key) as order_key,
        coalesce(suspected.order_line_key, known.order_line_key) as order_line_key,
        coalesce(suspected.refund_line_key, known.refund_line_key) as refund_line_key,
        coalesce(suspected.payment_key, known.payment_key) as payment_key,
        coalesce(suspected.loyalty_event_key, known.loyalty_event_key) as loyalty_event_key,
        coalesce(suspected.points, 0) - coalesce(known.points, 0) as points,
        coalesce(suspected.points_per_unit, known.points_per_unit) as points_per_unit,
        case
            when coalesce(suspected.base_amount_reporting, known.base_amount_reporting) is not null
                then coalesce(suspected.base_amount_reporting, 0)
                - coalesce(known.base_amount_reporting, 0)
        end as base_amount_reporting,
        case
            when coalesce(suspected.amount_reporting, known.amount_reporting) is not null
                then coalesce(suspected.amount_reporting, 0) - coalesce(known.amount_reporting, 0)
        end as amount_reporting,
        coalesce(suspected.occurred_at, known.occurred_at) as occurred_at,
        coalesce(suspected.movement_date, known.movement_date) as movement_date,
        known.movement_id is not null as is_known,
        coalesce(known.points, 0) <> 0 as is_open,
        suspected.movement_id is null as is_gone,
        coalesce(suspected.rule_version <> known.rule_version, false) as has_other_version,
        coalesce(suspected.points_per_unit <> known.points_per_unit, false) as has_other_rate
    from suspected
    full outer join known
        on
            suspected.movement_id = known.movement_id
            and suspected.programme_code = known.programme_code
            and suspected.customer_id = known.customer_id
    where coalesce(suspected.points, 0) <> coalesce(known.points, 0)

),

-- The same movement, taken from one customer and given to another. An id that no longer lives was
-- merged into another one; one that lives on was split.
moves as (

    select
        differences.movement_id,
        min(case when differences.is_gone then differences.customer_id end) as from_customer_id
    from differences
    where
        differences.is_gone
        or not differences.is_known
        or not differences.is_open
    group by differences.movement_id
    having
        max(case when differences.is_gone then 1 else 0 end) = 1
        and min(case when differences.is_gone then 1 else 0 end) = 0

),

versions_known as (

    select distinct rule_version
    from postings

),

members_known as (

    select
        member_key,
        min(movement_date) as first_movement_date
    from postings
    where member_key in (select differences.member_key from differences)
    group by member_key

),

-- What earlier nights knew of an order line, or an order, which had brought no points yet.
idle as (

    select
        differences.movement_id,
        differences.customer_id,
        idle_lines.posted_customer_id,
        idle_lines.is_valid_order,
        idle_lines.base_amount_reporting,
        row_number() over (
            partition by differences.movement_id, differences.customer_id
            order by idle_lines.posted_date desc, idle_lines.order_line_key asc
        ) as recency
    from differences
    inner join {{ ref('int_points_idle_posting__append') }} as idle_lines
        on
            differences.order_key = idle_lines.order_key
            and (
                differences.order_line_key is null
                or differences.order_line_key = idle_lines.order_line_key
            )
    where
        not differences.is_known
        and differences.movement_type in ('earn', 'redeem')
        and idle_lines.posted_date < {{ as_of_date() }}

),

-- A movement that follows from others has no cause of its own: it has its member's.
sourced as (

    select
        differences.*,
        case
            -- No night before this one is remembered: it is the first, run again.
            when nights.last_posted_date is null then 'opening'
            when moves.movement_id is not null and movers.former_customer_id is not null
                then 'merge'
            when moves.movement_id is not null then 'split'
            when
                not differences.is_known
                and differences.movement_date > nights.last_posted_date
                then 'on_time'
            when differences.movement_type = 'expire' then cast(null as string)
            when not differences.is_known and idle.movement_id is null then 'late_file'
            when
                not differences.is_known
                and idle.posted_customer_id is null
                then 'source_correction'
            when
                not differences.is_known
                and idle.posted_customer_id <> differences.customer_id
                and idlers.former_customer_id is not null
                then 'merge'
            when
                not differences.is_known
                and idle.posted_customer_id <> differences.customer_id
                then 'split'
            when not differences.is_known and not idle.is_valid_order then 'source_correction'
            when
                not differences.is_known
                and (
                    differences.movement_type <> 'earn'
                    or (
                        idle.base_amount_reporting is null
                        and versions_known.rule_version is not null
                        and coalesce(
                            members_known.first_movement_date > differences.movement_date, true
                        )
                    )
                )
                then 'late_file'
            when not differences.is_known and idle.base_amount_reporting is null
                then 'rule_change'
            when
                not differences.is_known
                and idle.base_amount_reporting <> differences.base_amount_reporting
                then 'source_correction'
            when not differences.is_known then cast(null as string)
            when differences.is_gone and programmes.rule_version is null then 'rule_change'
            when
                differences.is_gone
                and orders.customer_id <> differences.customer_id
                and leavers.former_customer_id is not null
                then 'merge'
            when differences.is_gone and orders.customer_id <> differences.customer_id
                then 'split'
            when differences.is_gone and orders.invalid_reason = 'refunded_before_fulfilment'
                then 'refund'
            when
                differences.is_gone
                and differences.movement_type = 'earn'
                and earnings.order_line_key is not null
                and earnings.base_amount_reporting + differences.base_amount_reporting = 0
                then 'rule_change'
            when differences.has_other_version then 'rule_change'
            when differences.base_amount_reporting <> 0 then 'source_correction'
            when differences.has_other_rate then cast(null as string)
            when differences.movement_type in ('earn', 'clawback') and not differences.is_gone
                then cast(null as string)
            else 'source_correction'
        end as first_cause
    from differences
    cross join nights
    left join moves on differences.movement_id = moves.movement_id
    left join aliases as movers on moves.from_customer_id = movers.former_customer_id
    left join aliases as leavers on differences.customer_id = leavers.former_customer_id
    left join versions_known on differences.rule_version = versions_known.rule_version
    left join members_known on differences.member_key = members_known.member_key
    left join programmes on differences.rule_version = programmes.rule_version
    left join idle
        on
            differences.movement_id = idle.movement_id
            and differences.customer_id = idle.customer_id
            and idle.recency = 1
    left join aliases as idlers on idle.posted_customer_id = idlers.former_customer_id
    left join orders
        on
            differences.is_gone
            and differences.order_key = orders.order_key
    left join earnings
        on
            differences.is_gone
            and differences.order_line_key = earnings.order_line_key

),

order_causes as (

    select
        order_key,
        customer_id,
        {{ cause_of_strength('min(' ~ cause_strength('first_cause') ~ ')') }} as cause
    from sourced
    where movement_type in ('earn', 'redeem')
    group by order_key, customer_id

),

-- A clawback that is new is so because its refund is, or for the reason for which its line earns.
led as (

    select
        sourced.*,
        case
            when
                sourced.first_cause = 'late_file'
                and sourced.movement_type = 'clawback'
                and earns.movement_id is not null
                then earns.first_cause
            when
                sourced.first_cause = 'late_file'
                and sourced.movement_type in ('redeem', 'redeem_reversal')
                and order_causes.cause is not null
                then order_causes.cause
            else sourced.first_cause
        end as own_cause
    from sourced
    left join sourced as earns
        on
            sourced.order_line_key = earns.order_line_key
            and sourced.customer_id = earns.customer_id
            and earns.movement_type = 'earn'
    left join order_causes
        on
            sourced.order_key = order_causes.order_key
            and sourced.customer_id = order_causes.customer_id

),

caused as (

    select
        *,
        coalesce(
            own_cause,
            {{ cause_of_strength(
                'min(' ~ cause_strength('own_cause')
                ~ ') over (partition by programme_code, customer_id)'
            ) }},
            'rule_change'
        ) as posting_cause
    from led

),
{%- else -%}
caused as (

    select
        *,
        false as is_known,
        'opening' as posting_cause
    from movements

),
{%- endif %}

final as (

    select
        movement_id,
        programme_code,
        member_key,
        customer_id,
        movement_type,
        lot_id,
        order_key,
        order_line_key,
        refund_line_key,
        payment_key,
        loyalty_event_key,
        rule_version,
        posting_cause,
        is_known or posting_cause in ('merge', 'split') as is_correction,
        cast(points as bigint) as points,
        cast(points_per_unit as decimal(9, 4)) as points_per_unit,
        cast(base_amount_reporting as decimal(18, 4)) as base_amount_reporting,
        cast(amount_reporting as decimal(18, 4)) as amount_reporting,
        occurred_at,
        movement_date,
        {{ as_of_date() }} as posted_date
    from caused

)

select * from final
