{#- What has been taken, without tips. An authorisation is no payment yet. -#}
{%- set fields = {
    'id': '$.id',
    'order_id': '$.order_id',
    'status': '$.status',
    'source_type': '$.source_type',
    'card_brand': '$.card_details.card.card_brand',
    'external_type': '$.external_details.type',
    'amount': '$.amount_money.amount',
    'currency': '$.amount_money.currency',
    'created': '$.created_at',
    'updated': '$.updated_at',
} -%}
with

source as (

    select * from {{ source('square', 'payments') }}

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

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        coalesce(methods.payment_method, 'other') as known_method,
        {{ from_minor_units('parsed.amount', 'parsed.currency') }} as amount_money
    from parsed
    left join methods
        on
            methods.source_kind = 'square'
            and case
                when parsed.card_brand = 'SQUARE_GIFT_CARD' then parsed.card_brand
                when parsed.source_type = 'EXTERNAL'
                    then 'EXTERNAL:' || coalesce(parsed.external_type, '')
                else parsed.source_type
            end = methods.vendor_method
    where parsed.status = 'COMPLETED' and parsed.order_id is not null

),

{%- set mapping = {
    'payment_id': 'id',
    'sale_id': 'order_id',
    'payment_method': 'known_method',
    'amount': '(amount_money)',
    'paid_at': 'created',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('joined', 'pos', 'payments', mapping, {'amount': 'integer'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
