with

disputes as (

    select * from {{ ref('fct_dispute') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

order_counts as (

    select
        cast(date_trunc('month', order_date) as date) as business_month,
        count(*) as orders
    from orders
    where is_valid_order and channel = 'online'
    group by cast(date_trunc('month', order_date) as date)

),

dispute_counts as (

    select
        cast(date_trunc('month', opened_date) as date) as business_month,
        count(*) as disputes,
        sum(case when is_open then 1 else 0 end) as open_disputes,
        sum(case when outcome = 'won' then 1 else 0 end) as won_disputes,
        sum(case when outcome = 'lost' then 1 else 0 end) as lost_disputes,
        sum(case when outcome = 'withdrawn' then 1 else 0 end) as withdrawn_disputes
    from disputes
    group by cast(date_trunc('month', opened_date) as date)

),

-- Card schemes divide the disputes of a month by the payments of the same month, and so does this.
final as (

    select
        dispute_counts.business_month,
        cast(dispute_counts.disputes as bigint) as disputes,
        cast(dispute_counts.open_disputes as bigint) as open_disputes,
        cast(dispute_counts.won_disputes as bigint) as won_disputes,
        cast(dispute_counts.lost_disputes as bigint) as lost_disputes,
        cast(dispute_counts.withdrawn_disputes as bigint) as withdrawn_disputes,
        cast(coalesce(order_counts.orders, 0) as bigint) as orders,
        {{ share('dispute_counts.disputes', 'order_counts.orders') }} as dispute_rate,
        {{ share(
            'dispute_counts.won_disputes',
            'dispute_counts.won_disputes + dispute_counts.lost_disputes'
        ) }} as won_share
    from dispute_counts
    left join order_counts
        on dispute_counts.business_month = order_counts.business_month

)

select * from final
