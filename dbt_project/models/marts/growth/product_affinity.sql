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

item_counts as (

    select
        basket_code,
        item_kind,
        item,
        count(*) as item_baskets
    from contents
    group by basket_code, item_kind, item

),

ranked as (

    select
        basket_code,
        item_kind,
        item,
        item_baskets,
        row_number() over (
            partition by basket_code, item_kind
            order by item_baskets desc, item asc
        ) as item_rank
    from item_counts

),

-- An item that is in too few baskets is in no pair that is in enough of them. A year of a
-- supermarket's customers has hundreds of millions of pairs all the same, most of them of what
-- hardly anybody buys.
items as (

    select
        ranked.basket_code,
        ranked.item_kind,
        ranked.item,
        ranked.item_baskets,
        ranked.item_rank
    from ranked
    inner join basket_rules
        on ranked.basket_code = basket_rules.basket_code
    inner join totals
        on
            ranked.basket_code = totals.basket_code
            and ranked.item_kind = totals.item_kind
    where
        ranked.item_baskets >= basket_rules.min_pair_baskets
        and ranked.item_baskets >= basket_rules.min_support * totals.baskets
        and ranked.item_rank <= basket_rules.max_items

),

frequent as (

    select
        contents.basket_code,
        contents.item_kind,
        contents.basket_key,
        items.item_rank
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
        firsts.item_rank as rank_a,
        seconds.item_rank as rank_b,
        count(*) as pair_baskets
    from frequent as firsts
    inner join frequent as seconds
        on
            firsts.basket_code = seconds.basket_code
            and firsts.item_kind = seconds.item_kind
            and firsts.basket_key = seconds.basket_key
            and firsts.item_rank < seconds.item_rank
    group by firsts.basket_code, firsts.item_kind, firsts.item_rank, seconds.item_rank

),

both_ways as (

    select * from pairs
    union all
    select
        basket_code,
        item_kind,
        rank_b as rank_a,
        rank_a as rank_b,
        pair_baskets
    from pairs

),

counted as (

    select
        both_ways.basket_code,
        basket_rules.basket_name,
        both_ways.item_kind,
        items_a.item as item_a,
        items_b.item as item_b,
        totals.baskets,
        items_a.item_baskets as item_a_baskets,
        items_b.item_baskets as item_b_baskets,
        both_ways.pair_baskets
    from both_ways
    inner join basket_rules
        on both_ways.basket_code = basket_rules.basket_code
    inner join totals
        on
            both_ways.basket_code = totals.basket_code
            and both_ways.item_kind = totals.item_kind
    inner join items as items_a
        on
            both_ways.basket_code = items_a.basket_code
            and both_ways.item_kind = items_a.item_kind
            and both_ways.rank_a = items_a.item_rank
    inner join items as items_b
        on
            both_ways.basket_code = items_b.basket_code
            and both_ways.item_kind = items_b.item_kind
            and both_ways.rank_b = items_b.item_rank
    where
        both_ways.pair_baskets >= basket_rules.min_pair_baskets
        and both_ways.pair_baskets >= basket_rules.min_support * totals.baskets

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
