{#- When less money went back than the goods had cost (a fee kept, goodwill in part), the lines
    share what went back, to the cent. A refund without money (an exchange, an edit, goods taken
    back without pay) counts its goods in full: the customer no longer has or owes them. -#}
{%- set fields = {
    'refund_line': '$.id',
    'quantity': '$.quantity',
    'line': '$.lineItem.id',
    'product': '$.lineItem.product.id',
    'variant': '$.lineItem.variant.id',
    'subtotal': '$.subtotalSet.shopMoney.amount',
    'tax': '$.totalTaxSet.shopMoney.amount',
} -%}
with

source as (

    select * from {{ source('shopify', 'order_refunds') }}

),

orders as (

    select * from {{ source('shopify', 'orders') }}

),

currencies as (

    select * from {{ ref('currency') }}

),

newest as (

    {{ newest_records('source') }}

),

newest_orders as (

    {{ newest_records('orders') }}

),

order_facts as (

    {{ json_fields(
        'newest_orders', 'record',
        {'currency': '$.currencyCode', 'taxes_included': '$.taxesIncluded'},
        ['source_system', 'record_id']
    ) }}

),

headers as (

    {{ json_fields(
        'newest', 'record',
        {'updated': '$.updatedAt', 'total': '$.totalRefundedSet.shopMoney.amount'},
        raw_columns() + ['record']
    ) }}

),

shipping_items as (

    {{ json_items('newest', 'record', '$.refundShippingLines', ['source_system', 'record_id']) }}

),

shipping_amounts as (

    {{ json_fields(
        'shipping_items', 'item',
        {
            'shipping': '$.subtotalAmountSet.shopMoney.amount',
            'shipping_tax': '$.taxAmountSet.shopMoney.amount',
        },
        ['source_system', 'record_id']
    ) }}

),

items as (

    {{ json_items('headers', 'record', '$.refundLineItems', raw_columns() + ['updated', 'total']) }}

),

parsed as (

    {{ json_fields(
        'items', 'item', fields, raw_columns() + ['updated', 'total', 'item_number', 'item']
    ) }}

),

priced as (

    select
        parsed.*,
        coalesce(order_facts.taxes_included, 'false') = 'true' as has_tax_inside,
        coalesce(currencies.minor_units, 2) as minor_units,
        coalesce({{ shopify_money('parsed.subtotal') }}, 0) as goods_amount,
        coalesce({{ shopify_money('parsed.tax') }}, 0) as goods_tax
    from parsed
    left join order_facts
        on
            parsed.source_system = order_facts.source_system
            and parsed.parent_id = order_facts.record_id
    left join currencies
        on order_facts.currency = currencies.currency_code
    where parsed.deleted_at is null

),

shipping as (

    select
        source_system,
        record_id,
        sum({{ shopify_money('shipping') }}) as shipping_amount,
        sum(coalesce({{ shopify_money('shipping_tax') }}, 0)) as shipping_tax
    from shipping_amounts
    group by source_system, record_id

),

goods as (

    select
        priced.source_system,
        priced.record_id,
        sum(priced.goods_amount + case when priced.has_tax_inside then 0 else priced.goods_tax end)
            as owed_amount,
        max({{ shopify_money('priced.total') }})
        - max(coalesce(shipping.shipping_amount, 0))
        - max(case when priced.has_tax_inside then 0 else coalesce(shipping.shipping_tax, 0) end)
            as paid_amount
    from priced
    left join shipping
        on
            priced.source_system = shipping.source_system
            and priced.record_id = shipping.record_id
    group by priced.source_system, priced.record_id

),

shares as (

    select
        priced.*,
        case
            when goods.paid_amount > 0 and goods.paid_amount < goods.owed_amount
                then cast(goods.paid_amount as double) / cast(goods.owed_amount as double)
            else 1.0
        end as paid_share,
        sum(priced.goods_amount) over (
            partition by priced.source_system, priced.record_id
            order by priced.item_number
            rows between unbounded preceding and current row
        ) as goods_until,
        sum(priced.goods_tax) over (
            partition by priced.source_system, priced.record_id
            order by priced.item_number
            rows between unbounded preceding and current row
        ) as tax_until
    from priced
    inner join goods
        on
            priced.source_system = goods.source_system
            and priced.record_id = goods.record_id

),

joined as (

    select
        *,
        record_id || ':' || cast(item_number as {{ dbt.type_string() }}) as row_id,
        '{"order_id": "' || coalesce({{ gid_number('parent_id') }}, '') || '", "line": ' || item
        || '}' as payload,
        {{ gid_number('record_id') }} as refund_number,
        coalesce(
            {{ gid_number('refund_line') }}, cast(item_number as {{ dbt.type_string() }})
        ) as refund_line_id,
        {{ gid_number('line') }} as line_id,
        coalesce({{ gid_number('variant') }}, {{ gid_number('product') }}) as product_number,
        -- Rounded on the running sum, so that the shares sum to what went back.
        {{ round_money('cast(goods_until as double) * paid_share', 'minor_units') }}
        - {{ round_money(
            'cast(goods_until - goods_amount as double) * paid_share', 'minor_units'
        ) }} as amount_back,
        {{ round_money('cast(tax_until as double) * paid_share', 'minor_units') }}
        - {{ round_money('cast(tax_until - goods_tax as double) * paid_share', 'minor_units') }}
            as tax_back
    from shares

),

{%- set mapping = {
    'refund_id': 'refund_number',
    'refund_line_id': 'refund_line_id',
    'line_id': 'line_id',
    'product_id': 'product_number',
    'quantity': 'quantity',
    'amount': '(amount_back)',
    'tax_amount': '(tax_back)',
    'refund_updated_at': 'updated',
} %}

judged as (

    {{ to_contract(
        'joined', 'eshop', 'refund_lines', mapping, {'subtotal': 'decimal', 'tax': 'decimal'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
