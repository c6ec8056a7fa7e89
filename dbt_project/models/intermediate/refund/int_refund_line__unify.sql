with

refund_rows as (

    select * from {{ ref('int_refund_row__unify') }}

),

order_lines as (

    select * from {{ ref('int_order_line__allocate_discount') }}

),

products as (

    select * from {{ ref('int_product__unify') }}

),

product_of_source as (

    select
        source_system,
        source_product_id,
        min(product_key) as product_key,
        max(case when is_gift_card then 1 else 0 end) = 1 as is_gift_card
    from products
    group by source_system, source_product_id

),

-- First by the line that is named, then by the product, then over the whole order.
candidates as (

    select
        refund_rows.refund_row_key,
        order_lines.order_line_key,
        order_lines.source_line_id,
        order_lines.line_number,
        order_lines.minor_units,
        order_lines.is_gift_card,
        order_lines.gross_amount - order_lines.discount_amount as goods_amount,
        case
            when refund_rows.source_line_id = order_lines.source_line_id then 1
            when
                refund_rows.source_product_id = order_lines.source_product_id
                or refund_rows.sku = order_lines.sku
                then 2
            else 3
        end as closeness
    from refund_rows
    inner join order_lines
        on refund_rows.order_key = order_lines.order_key

),

closest as (

    select
        *,
        min(closeness) over (partition by refund_row_key) as best_closeness
    from candidates

),

chosen as (

    select
        *,
        count(*) over (partition by refund_row_key) as candidate_count,
        min(case when is_gift_card then 1 else 0 end) over (partition by refund_row_key) = 1
            as is_gift_cards_only
    from closest
    where closeness = best_closeness

),

measures as (

    select 'quantity' as measure
    union all
    select 'amount' as measure
    union all
    select 'tax_amount' as measure

),

weighed as (

    select
        chosen.refund_row_key,
        chosen.order_line_key,
        chosen.line_number as spread_order,
        measures.measure,
        case measures.measure
            when 'quantity' then refund_rows.quantity
            when 'amount' then refund_rows.amount
            else refund_rows.tax_amount
        end as spread_amount,
        case
            when chosen.is_gift_card and not chosen.is_gift_cards_only then 0
            when chosen.goods_amount < 0 then 0
            else chosen.goods_amount
        end as spread_weight,
        case measures.measure
            when 'quantity' then 10000
            else {{ smallest_payment('chosen.minor_units') }}
        end as spread_step
    from chosen
    inner join refund_rows
        on chosen.refund_row_key = refund_rows.refund_row_key
    cross join measures
    where chosen.candidate_count > 1

),

shares as (

    {{ spread(
        'weighed',
        group_by=['refund_row_key', 'measure'],
        keep=['order_line_key', 'spread_order']
    ) }}

),

spread_lines as (

    select
        refund_row_key,
        order_line_key,
        min(spread_order) as line_number,
        sum(case when measure = 'quantity' then share_amount else 0 end) as quantity,
        sum(case when measure = 'amount' then share_amount else 0 end) as amount,
        sum(case when measure = 'tax_amount' then share_amount else 0 end) as tax_amount
    from shares
    group by refund_row_key, order_line_key

),

-- A line that gets nothing is no refunded line, unless nothing at all was given back.
spread_ranked as (

    select
        *,
        row_number() over (
            partition by refund_row_key
            order by
                case when quantity > 0 or amount > 0 or tax_amount > 0 then 0 else 1 end asc,
                line_number asc
        ) as rank_in_row
    from spread_lines

),

resolved as (

    select
        refund_row_key,
        order_line_key,
        case closeness when 1 then 'line' when 2 then 'product' else 'order' end as resolution,
        false as is_spread,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as tax_amount
    from chosen
    where candidate_count = 1

    union all

    select
        spread_ranked.refund_row_key,
        spread_ranked.order_line_key,
        case chosen.closeness when 1 then 'line' when 2 then 'product' else 'order' end
            as resolution,
        true as is_spread,
        spread_ranked.quantity,
        spread_ranked.amount,
        spread_ranked.tax_amount
    from spread_ranked
    inner join chosen
        on
            spread_ranked.refund_row_key = chosen.refund_row_key
            and spread_ranked.order_line_key = chosen.order_line_key
    where
        spread_ranked.quantity > 0
        or spread_ranked.amount > 0
        or spread_ranked.tax_amount > 0
        or spread_ranked.rank_in_row = 1

),

final as (

    select
        refund_rows.refund_row_key
        || case when resolved.is_spread then ':' || order_lines.source_line_id else '' end
            as refund_line_key,
        refund_rows.refund_key,
        refund_rows.source_system,
        refund_rows.channel,
        refund_rows.store_key,
        refund_rows.order_key,
        resolved.order_line_key,
        refund_rows.customer_record_key,
        case
            when order_lines.order_line_key is not null then order_lines.product_key
            when refund_rows.sku is not null then 'sku:' || refund_rows.sku
            else product_of_source.product_key
        end as product_key,
        coalesce(order_lines.is_gift_card, product_of_source.is_gift_card, false) as is_gift_card,
        coalesce(
            resolved.resolution, refund_rows.unlinked_reason, 'order_without_lines'
        ) as resolution,
        refund_rows.currency_code,
        refund_rows.refunded_at,
        refund_rows.refund_date,
        refund_rows.reason,
        cast(coalesce(resolved.quantity, refund_rows.quantity) as decimal(18, 4)) as quantity,
        cast(coalesce(resolved.amount, refund_rows.amount) as decimal(18, 4)) as amount,
        cast(coalesce(resolved.tax_amount, refund_rows.tax_amount) as decimal(18, 4)) as tax_amount,
        refund_rows.known_at
    from refund_rows
    left join resolved
        on refund_rows.refund_row_key = resolved.refund_row_key
    left join order_lines
        on resolved.order_line_key = order_lines.order_line_key
    left join product_of_source
        on
            refund_rows.source_system = product_of_source.source_system
            and refund_rows.source_product_id = product_of_source.source_product_id
    -- Without a currency the amount means nothing; the audit of orphans counts these rows.
    where refund_rows.currency_code is not null

)

select * from final
