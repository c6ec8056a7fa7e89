{#- Money given back, goods that came back, and what an edit took out of an order: Shopify keeps all
    three as refunds. -#}
with

source as (

    select * from {{ source('shopify', 'order_refunds') }}

),

orders as (

    select * from {{ source('shopify', 'orders') }}

),

newest as (

    {{ newest_records('source') }}

),

newest_orders as (

    {{ newest_records('orders') }}

),

order_facts as (

    {{ json_fields(
        'newest_orders', 'record', {'currency': '$.currencyCode'},
        ['source_system', 'record_id']
    ) }}

),

parsed as (

    {{ json_fields(
        'newest', 'record',
        {
            'id': '$.id',
            'note': '$.note',
            'total': '$.totalRefundedSet.shopMoney.amount',
            'created': '$.createdAt',
            'processed': '$.processedAt',
            'updated': '$.updatedAt',
        },
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
        },
        ['source_system', 'record_id']
    ) }}

),

shipping as (

    select
        source_system,
        record_id,
        sum({{ shopify_money('shipping') }}) as shipping_amount
    from shipping_amounts
    group by source_system, record_id

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        order_facts.currency,
        {{ gid_number('parsed.id') }} as refund_number,
        {{ gid_number('parsed.parent_id') }} as order_number,
        coalesce(parsed.processed, parsed.created) as refunded,
        coalesce(shipping.shipping_amount, 0) as shipping_back
    from parsed
    left join order_facts
        on
            parsed.source_system = order_facts.source_system
            and parsed.parent_id = order_facts.record_id
    left join shipping
        on
            parsed.source_system = shipping.source_system
            and parsed.record_id = shipping.record_id
    where parsed.deleted_at is null

),

{%- set mapping = {
    'refund_id': 'refund_number',
    'order_id': 'order_number',
    'currency_code': 'currency',
    'refunded_at': 'refunded',
    'reason': 'note',
    'shipping_amount': '(shipping_back)',
    'total_amount': 'total',
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'refunds', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
