with

lines as (

    select * from {{ ref('fct_order_line') }}
    where
        is_valid_order
        and not is_gift_card

),

basket_rules as (

    select * from {{ ref('growth_affinity_basket') }}

),

windowed as (

    select
        basket_rules.basket_code,
        case
            when basket_rules.basket_of = 'order' then lines.order_key else lines.customer_id
        end as basket_key,
        lines.product_key,
        lines.category
    from lines
    inner join basket_rules
        on lines.order_date > {{ add_days(as_of_date(), '-basket_rules.window_days') }}
    where
        lines.customer_id is not null
        or basket_rules.basket_of = 'order'

),

contents as (

    select distinct
        basket_code,
        basket_key,
        'product' as item_kind,
        product_key as item
    from windowed
    where product_key is not null
    union all
    select distinct
        basket_code,
        basket_key,
        'category' as item_kind,
        category as item
    from windowed
    where category is not null

),

totals as (

    select
        basket_code,
        item_kind,
        count(distinct basket_key) as baskets
    from contents
    group by basket_code, item_kind

),

-- An item that is in too few baskets is in no pair that is in enough of them.
items as (

    select
        contents.basket_code,
        contents.item_kind,
        contents.item,
        count(*) as item_baskets
    from contents
    inner join basket_rules
        on contents.basket_code = basket_rules.basket_code
    group by
        contents.basket_code, contents.item_kind, contents.item, basket_rules.min_pair_baskets
    having count(*) >= basket_rules.min_pair_baskets

),

frequent as (

    select contents.*
    from contents
    inner join items
        on
            contents.basket_code = items.basket_code
            and contents.item_kind = items.item_kind
            and contents.item = items.item

),

pairs as (

    select
        firsts.basket_code,
        firsts.item_kind,
        firsts.item as item_a,
        seconds.item as item_b,
        count(*) as pair_baskets
    from frequent as firsts
    inner join frequent as seconds
        on
            firsts.basket_code = seconds.basket_code
            and firsts.item_kind = seconds.item_kind
            and firsts.basket_key = seconds.basket_key
            and firsts.item != seconds.item
    group by firsts.basket_code, firsts.item_kind, firsts.item, seconds.item

),

counted as (

    select
        pairs.basket_code,
        basket_rules.basket_name,
        pairs.item_kind,
        pairs.item_a,
        pairs.item_b,
        totals.baskets,
        items_a.item_baskets as item_a_baskets,
        items_b.item_baskets as item_b_baskets,
        pairs.pair_baskets
    from pairs
    inner join basket_rules
        on pairs.basket_code = basket_rules.basket_code
    inner join totals
        on
            pairs.basket_code = totals.basket_code
            and pairs.item_kind = totals.item_kind
    inner join items as items_a
        on
            pairs.basket_code = items_a.basket_code
            and pairs.item_kind = items_a.item_kind
            and pairs.item_a = items_a.item
    inner join items as items_b
        on
            pairs.basket_code = items_b.basket_code
            and pairs.item_kind = items_b.item_kind
            and pairs.item_b = items_b.item
    where
        pairs.pair_baskets >= basket_rules.min_pair_baskets
        and pairs.pair_baskets >= basket_rules.min_support * totals.baskets

),

-- The counts are multiplied first, so that a pair turned round has the same lift to the digit.
final as (

    select
        basket_code,
        basket_name,
        item_kind,
        item_a,
        item_b,
        baskets,
        item_a_baskets,
        item_b_baskets,
        pair_baskets,
        {{ share('pair_baskets', 'baskets') }} as support,
        {{ share('pair_baskets', 'item_a_baskets') }} as confidence,
        cast(
            round(
                cast(pair_baskets as double) * baskets
                / (cast(item_a_baskets as double) * item_b_baskets),
                4
            ) as decimal(18, 4)
        ) as lift,
        {{ as_of_date() }} as as_of_date
    from counted

)

select * from final
