{#- WooCommerce keeps no list of payments: an order that has been paid was paid once, by its
    method; gift cards beside. -#}
{%- set fields = {
    'currency': '$.currency',
    'total': '$.total',
    'payment_method': '$.payment_method',
    'date_paid_gmt': '$.date_paid_gmt',
    'date_created_gmt': '$.date_created_gmt',
    'date_modified_gmt': '$.date_modified_gmt',
} -%}
with

source as (

    select * from {{ source('woocommerce', 'orders') }}

),

methods as (

    select * from {{ ref('connector_payment_method') }}

),

newest as (

    {{ newest_records('source') }}

),

parsed as (

    {{ json_fields('newest', 'record', fields, raw_columns() + ['record']) }}

),

gift_card_items as (

    {{ json_items('parsed', 'record', '$.gift_cards', raw_columns() + fields.keys() | list) }}

),

gift_cards as (

    {{ json_fields(
        'gift_card_items', 'item', {'card': '$.id', 'card_amount': '$.amount'},
        raw_columns() + fields.keys() | list + ['item_number']
    ) }}

),

movements as (

    select
        {{ raw_columns() | join(', ') }},
        record_id as payment_id,
        payment_method as vendor_method,
        total as amount,
        date_paid_gmt as paid,
        date_modified_gmt
    from parsed
    where date_paid_gmt is not null and coalesce(try_cast(total as decimal(18, 4)), 1) <> 0

    union all

    select
        {{ raw_columns() | join(', ') }},
        record_id || ':gift_card:' || coalesce(card, cast(item_number as {{ dbt.type_string() }}))
            as payment_id,
        'gift_card' as vendor_method,
        card_amount as amount,
        coalesce(date_paid_gmt, date_created_gmt) as paid,
        date_modified_gmt
    from gift_cards

),

joined as (

    select
        movements.*,
        movements.payment_id as row_id,
        '{"order_id": "' || movements.record_id || '", "amount": "'
        || coalesce(movements.amount, '') || '"}' as payload,
        coalesce(methods.payment_method, 'other') as known_method
    from movements
    left join methods
        on
            methods.source_kind = 'woocommerce'
            and movements.vendor_method = methods.vendor_method

),

{%- set mapping = {
    'payment_id': 'payment_id',
    'order_id': 'record_id',
    'payment_kind': "'sale'",
    'payment_status': "'succeeded'",
    'payment_method': 'known_method',
    'amount': 'amount',
    'paid_at': 'paid',
    'updated_at': 'date_modified_gmt',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'payments', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
