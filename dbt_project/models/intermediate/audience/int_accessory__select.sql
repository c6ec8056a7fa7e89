with

lines as (

    select * from {{ ref('fct_order_line') }}
    where
        is_valid_order
        and customer_id is not null
        and product_key is not null
        and quantity > returned_quantity

),

affinities as (

    select * from {{ ref('product_affinity') }}
    where item_kind = 'product'

),

products as (

    select * from {{ ref('dim_product') }}

),

settings as (

    select * from {{ ref('audience_accessory_setting') }}

),

rules as (

    select * from {{ ref('audience') }}
    where audience_code = 'accessory'

),

owned as (

    select distinct
        customer_id,
        product_key
    from lines

),

offers as (

    select
        lines.customer_id,
        lines.order_key,
        lines.product_key as bought_product_key,
        affinities.item_b as product_key,
        affinities.item_a_baskets,
        affinities.pair_baskets,
        affinities.lift,
        lines.order_date,
        row_number() over (
            partition by lines.customer_id
            order by
                affinities.confidence desc,
                affinities.lift desc,
                affinities.item_b asc,
                lines.order_date desc,
                lines.order_line_key asc
        ) as preference
    from lines
    cross join rules
    cross join settings
    inner join affinities
        on
            lines.product_key = affinities.item_a
            and settings.basket_code = affinities.basket_code
            and settings.min_confidence <= affinities.confidence
            and settings.min_lift <= affinities.lift
    left join owned
        on
            lines.customer_id = owned.customer_id
            and affinities.item_b = owned.product_key
    where
        {{ day_difference('lines.order_date', as_of_date()) }}
        between rules.from_days and rules.to_days
        and owned.product_key is null

),

final as (

    select
        'accessory' as audience_code,
        offers.customer_id,
        offers.order_key,
        offers.product_key,
        'Bought ' || coalesce(bought.product_name, offers.bought_product_key) || ' on '
        || cast(offers.order_date as string) || '; '
        || cast(offers.pair_baskets as string) || ' of '
        || cast(offers.item_a_baskets as string) || ' who have it have '
        || coalesce(offered.product_name, offers.product_key) || ' as well (lift '
        || cast(cast(round(offers.lift, 1) as decimal(9, 1)) as string) || ').' as reason
    from offers
    left join products as bought
        on offers.bought_product_key = bought.product_key
    left join products as offered
        on offers.product_key = offered.product_key
    where offers.preference = 1

)

select * from final
