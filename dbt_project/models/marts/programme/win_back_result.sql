with

drawn as (

    select * from {{ ref('int_win_back__draw') }}

),

campaigns as (

    select * from {{ ref('campaign') }}
    where
        audience = 'win_back'
        and contact_date <= {{ as_of_date() }}

),

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

settings as (

    select * from {{ ref('campaign_setting') }}

),

customers as (

    select
        drawn.campaign_code,
        drawn.customer_id,
        drawn.is_hold_out,
        max(case when drawn.voucher_code is not null then 1 else 0 end) as vouchers,
        max(drawn.voucher_cost) as voucher_cost,
        count(orders.order_key) as orders,
        coalesce(sum(orders.net_amount_reporting), 0) as net_amount
    from drawn
    left join orders
        on
            drawn.customer_id = orders.customer_id
            and drawn.contact_date <= orders.order_date
            and {{ add_days('drawn.contact_date', 'drawn.conversion_days') }} > orders.order_date
    group by drawn.campaign_code, drawn.customer_id, drawn.is_hold_out

),

arms as (

    select
        campaign_code,
        {% for arm, is_hold_out in [
            ('contacted', 'not is_hold_out'), ('hold_out', 'is_hold_out')
        ] %}
        sum(case when {{ is_hold_out }} then 1 else 0 end) as {{ arm }}_n,
        sum(case when {{ is_hold_out }} and orders > 0 then 1 else 0 end) as {{ arm }}_conversions,
        sum(case when {{ is_hold_out }} then net_amount else 0 end) as {{ arm }}_net,
        sum(
            case
                when {{ is_hold_out }}
                    then {{ multiply_money('net_amount', 'net_amount') }}
                else 0
            end
        ) as {{ arm }}_net_squares,
        {% endfor %}
        sum(vouchers) as vouchers,
        sum(voucher_cost) as voucher_cost
    from customers
    group by campaign_code

),

prepared as (

    select
        campaigns.campaign_code,
        campaigns.campaign_name,
        campaigns.contact_date,
        campaigns.conversion_days,
        {{ add_days('campaigns.contact_date', 'campaigns.conversion_days - 1') }}
        <= {{ as_of_date() }} as is_mature,
        coalesce(arms.contacted_n, 0) as contacted_n,
        coalesce(arms.hold_out_n, 0) as hold_out_n,
        coalesce(arms.contacted_conversions, 0) as contacted_conversions,
        coalesce(arms.hold_out_conversions, 0) as hold_out_conversions,
        coalesce(arms.contacted_net, 0) as contacted_net,
        coalesce(arms.hold_out_net, 0) as hold_out_net,
        cast(arms.contacted_net_squares as double) as contacted_net_squares,
        cast(arms.hold_out_net_squares as double) as hold_out_net_squares,
        coalesce(arms.vouchers, 0) as vouchers,
        coalesce(arms.voucher_cost, 0) as voucher_cost,
        settings.min_n,
        cast(settings.interval_z as double) as z
    from campaigns
    left join arms on campaigns.campaign_code = arms.campaign_code
    cross join settings

),

judged as (

    select
        *,
        case
            when not is_mature
                then
                    'the days in which an order counts end on '
                    || cast({{ add_days('contact_date', 'conversion_days - 1') }} as string)
            when contacted_n < min_n or hold_out_n < min_n
                then 'fewer than ' || cast(min_n as string) || ' people on one side'
        end as unreliable_reason,
        cast(contacted_conversions as double) / nullif(contacted_n, 0) as contacted_rate,
        cast(hold_out_conversions as double) / nullif(hold_out_n, 0) as hold_out_rate,
        cast(contacted_net as double) / nullif(contacted_n, 0) as contacted_mean,
        cast(hold_out_net as double) / nullif(hold_out_n, 0) as hold_out_mean
    from prepared

),

-- Wilson's interval of each share; Newcombe's (1998, method 10) of their difference is of both.
shares as (

    select
        {% for arm in ['contacted', 'hold_out'] %}
        ({{ arm }}_rate + z * z / (2 * {{ arm }}_n))
        / (1 + z * z / {{ arm }}_n) as {{ arm }}_centre,
        z * sqrt(
            {{ arm }}_rate * (1 - {{ arm }}_rate) / {{ arm }}_n
            + z * z / (4 * cast({{ arm }}_n as double) * {{ arm }}_n)
        ) / (1 + z * z / {{ arm }}_n) as {{ arm }}_half,
        greatest(
            {{ arm }}_net_squares
            - cast({{ arm }}_net as double) * {{ arm }}_net / {{ arm }}_n,
            0
        ) / nullif({{ arm }}_n - 1, 0) / {{ arm }}_n as {{ arm }}_mean_variance,
        {% endfor %}
        *
    from judged
    where unreliable_reason is null

),

intervals as (

    select
        campaign_code,
        contacted_rate - hold_out_rate as rate_difference,
        contacted_rate - hold_out_rate - sqrt(
            power(contacted_rate - (contacted_centre - contacted_half), 2)
            + power(hold_out_centre + hold_out_half - hold_out_rate, 2)
        ) as rate_low,
        contacted_rate - hold_out_rate + sqrt(
            power(contacted_centre + contacted_half - contacted_rate, 2)
            + power(hold_out_rate - (hold_out_centre - hold_out_half), 2)
        ) as rate_high,
        contacted_mean - hold_out_mean as net_difference,
        z * sqrt(contacted_mean_variance + hold_out_mean_variance) as net_half
    from shares

),

final as (

    select
        judged.campaign_code,
        judged.campaign_name,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(judged.contacted_n as bigint) as contacted_n,
        cast(judged.hold_out_n as bigint) as hold_out_n,
        cast(case when judged.is_mature then judged.contacted_conversions end as bigint)
            as contacted_conversions,
        cast(case when judged.is_mature then judged.hold_out_conversions end as bigint)
            as hold_out_conversions,
        case
            when judged.is_mature
                then {{ share('judged.contacted_conversions', 'judged.contacted_n') }}
        end as contacted_conversion_share,
        case
            when judged.is_mature
                then {{ share('judged.hold_out_conversions', 'judged.hold_out_n') }}
        end as hold_out_conversion_share,
        cast(round(intervals.rate_difference, 6) as decimal(9, 6)) as conversion_difference,
        cast(round(intervals.rate_low, 6) as decimal(9, 6)) as conversion_difference_low,
        cast(round(intervals.rate_high, 6) as decimal(9, 6)) as conversion_difference_high,
        cast(
            case when judged.is_mature then round(judged.contacted_mean, 4) end as decimal(18, 4)
        ) as contacted_net_per_customer_reporting,
        cast(
            case when judged.is_mature then round(judged.hold_out_mean, 4) end as decimal(18, 4)
        ) as hold_out_net_per_customer_reporting,
        cast(round(intervals.net_difference, 4) as decimal(18, 4)) as net_difference_reporting,
        cast(round(intervals.net_difference - intervals.net_half, 4) as decimal(18, 4))
            as net_difference_low_reporting,
        cast(round(intervals.net_difference + intervals.net_half, 4) as decimal(18, 4))
            as net_difference_high_reporting,
        cast(judged.vouchers as bigint) as vouchers,
        cast(judged.voucher_cost as decimal(18, 4)) as voucher_cost_reporting,
        judged.is_mature,
        judged.unreliable_reason is null as is_reliable,
        judged.unreliable_reason,
        judged.contact_date as contact_on,
        {{ as_of_date() }} as as_of_date
    from judged
    left join intervals on judged.campaign_code = intervals.campaign_code

)

select * from final
