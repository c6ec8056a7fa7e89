with

former_map as (

    select * from {{ ref('stg_identity__customer_record_map_former') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

attributed_orders as (

    select * from {{ ref('int_order__unify') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

movements as (

    select * from {{ ref('fct_points_ledger') }}

),

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

limits as (

    select * from {{ ref('identity_change_limit') }}

),

accepted as (

    select count(*) as acceptances
    from {{ ref('identity_accepted_change') }}
    where {{ as_of_date() }} between first_date and last_date

),

-- A record that its source no longer has takes its facts with it; that is no change of person.
compared as (

    select
        former_map.customer_record_key,
        former_map.customer_id as former_customer_id,
        records.record_type,
        records.loyalty_card_number,
        case
            when record_map.customer_id = former_map.customer_id then 0
            else 1
        end as is_changed
    from former_map
    inner join records
        on former_map.customer_record_key = records.customer_record_key
    left join record_map
        on former_map.customer_record_key = record_map.customer_record_key

),

compared_orders as (

    select
        attributed_orders.order_key,
        compared.is_changed
    from attributed_orders
    inner join compared
        on attributed_orders.customer_record_key = compared.customer_record_key

),

memberships as (

    select
        former_customer_id,
        max(is_changed) as is_changed
    from compared
    where
        record_type = 'loyalty_card'
        or (record_type = 'eshop_account' and loyalty_card_number is not null)
    group by former_customer_id

),

facts as (

    select
        'records' as measure,
        is_changed,
        cast(1 as decimal(18, 4)) as quantity
    from compared

    union all

    select
        'orders' as measure,
        compared_orders.is_changed,
        cast(1 as decimal(18, 4)) as quantity
    from compared_orders
    inner join orders
        on compared_orders.order_key = orders.order_key
    where orders.is_valid_order

    union all

    select
        'net_sales' as measure,
        compared_orders.is_changed,
        cast(abs(orders.net_amount_reporting) as decimal(18, 4)) as quantity
    from compared_orders
    inner join orders
        on compared_orders.order_key = orders.order_key
    where orders.is_valid_order

    union all

    select
        'points' as measure,
        compared_orders.is_changed,
        cast(abs(movements.points) as decimal(18, 4)) as quantity
    from compared_orders
    inner join movements
        on compared_orders.order_key = movements.order_key

    union all

    select
        'tiers' as measure,
        is_changed,
        cast(1 as decimal(18, 4)) as quantity
    from memberships

    union all

    select
        'nps_answers' as measure,
        compared.is_changed,
        cast(1 as decimal(18, 4)) as quantity
    from answers
    inner join compared
        on answers.customer_record_key = compared.customer_record_key
    where answers.metric = 'nps' and answers.score is not null

),

summed as (

    select
        limits.measure,
        limits.max_share,
        limits.min_count,
        coalesce(sum(case when facts.is_changed = 1 then facts.quantity end), 0)
            as changed_quantity,
        coalesce(sum(facts.quantity), 0) as compared_quantity
    from limits
    left join facts
        on limits.measure = facts.measure
    group by limits.measure, limits.max_share, limits.min_count

),

judged as (

    select
        summed.measure,
        cast(summed.changed_quantity as decimal(18, 4)) as changed_quantity,
        cast(summed.compared_quantity as decimal(18, 4)) as compared_quantity,
        {{ share('summed.changed_quantity', 'summed.compared_quantity') }} as changed_share,
        cast(summed.max_share as decimal(9, 6)) as max_share,
        cast(summed.min_count as bigint) as min_count,
        accepted.acceptances > 0 as is_accepted
    from summed
    cross join accepted

),

final as (

    select
        measure,
        changed_quantity,
        compared_quantity,
        changed_share,
        max_share,
        min_count,
        is_accepted,
        changed_quantity > min_count and coalesce(changed_share, 0) > max_share as is_above_limit,
        not is_accepted
        and changed_quantity > min_count
        and coalesce(changed_share, 0) > max_share as is_abnormal
    from judged

)

select * from final
