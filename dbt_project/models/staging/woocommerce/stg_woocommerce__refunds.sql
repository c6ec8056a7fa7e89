{#- Shipping is given back with tax where the order's prices hold it, as the order's own
    shipping is told. -#}
with

source as (

    select * from {{ source('woocommerce', 'order_refunds') }}

),

orders as (

    select * from {{ source('woocommerce', 'orders') }}

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
        {'prices_include_tax': '$.prices_include_tax', 'currency': '$.currency'},
        ['source_system', 'record_id']
    ) }}

),

parsed as (

    {{ json_fields(
        'newest', 'record',
        {
            'id': '$.id',
            'amount': '$.amount',
            'reason': '$.reason',
            'date_created_gmt': '$.date_created_gmt',
        },
        raw_columns() + ['record']
    ) }}

),

shipping_items as (

    {{ json_items('newest', 'record', '$.shipping_lines', ['source_system', 'record_id']) }}

),

shipping_amounts as (

    {{ json_fields(
        'shipping_items', 'item', {'shipping_total': '$.total', 'shipping_tax': '$.total_tax'},
        ['source_system', 'record_id']
    ) }}

),

shipping as (

    select
        source_system,
        record_id,
        -sum(coalesce(try_cast(shipping_total as decimal(18, 4)), 0)) as shipping_amount,
        -sum(coalesce(try_cast(shipping_tax as decimal(18, 4)), 0)) as shipping_tax
    from shipping_amounts
    group by source_system, record_id

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        order_facts.currency,
        coalesce(shipping.shipping_amount, 0)
        + case
            when order_facts.prices_include_tax = 'true' then coalesce(shipping.shipping_tax, 0)
            else 0
        end as shipping_back
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
    'refund_id': 'id',
    'order_id': 'parent_id',
    'currency_code': 'currency',
    'refunded_at': 'date_created_gmt',
    'reason': 'reason',
    'shipping_amount': '(shipping_back)',
    'total_amount': 'abs(try_cast(amount as decimal(18, 4)))',
    'updated_at': 'date_created_gmt',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'refunds', mapping, {'amount': 'decimal'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
