{#- An order of Square is a sale, a return, or both (an exchange). Here are those that sell
    something. Tips and the rounding of cash are no sales: the total leaves them out. -#}
{%- set fields = {
    'id': '$.id',
    'store': '$.location_id',
    'state': '$.state',
    'customer': '$.customer_id',
    'first_payer': '$.tenders[0].customer_id',
    'second_payer': '$.tenders[1].customer_id',
    'till': '$.tenders[0].card_details.device_details.device_id',
    'paid': '$.tenders[0].created_at',
    'closed': '$.closed_at',
    'created': '$.created_at',
    'updated': '$.updated_at',
    'taxes': '$.taxes',
    'first_line': '$.line_items[0]',
    'first_charge': '$.service_charges[0]',
    'first_return': '$.returns[0]',
    'currency': '$.total_money.currency',
    'total': '$.total_money.amount',
    'tax': '$.total_tax_money.amount',
    'discount': '$.total_discount_money.amount',
    'tip': '$.total_tip_money.amount',
    'rounding': '$.rounding_adjustment.amount_money.amount',
    'due': '$.net_amount_due_money.amount',
} -%}
with

source as (

    select * from {{ source('square', 'orders') }}

),

statuses as (

    select * from {{ ref('connector_order_status') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, keep=raw_columns() + ['record']) }}

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        coalesce(
            nullif(parsed.customer, ''),
            nullif(parsed.first_payer, ''),
            nullif(parsed.second_payer, '')
        ) as buyer,
        coalesce(
            parsed.paid,
            case when parsed.state = 'COMPLETED' then parsed.closed end,
            parsed.created
        ) as rung_up,
        -- What is paid has been sold, though it may still wait to be picked up.
        case
            when parsed.state = 'OPEN' and parsed.paid is not null and parsed.due = '0'
                then 'completed'
            else coalesce(statuses.order_status, parsed.state)
        end as known_status,
        coalesce(parsed.taxes like '%"ADDITIVE"%', false) as adds_tax,
        {{ from_minor_units('parsed.total', 'parsed.currency') }} as total_money,
        coalesce({{ from_minor_units('parsed.tip', 'parsed.currency') }}, 0) as tip_money,
        coalesce({{ from_minor_units('parsed.rounding', 'parsed.currency') }}, 0) as rounding_money,
        {{ from_minor_units('parsed.tax', 'parsed.currency') }} as tax_money,
        {{ from_minor_units('parsed.discount', 'parsed.currency') }} as discount_money
    from parsed
    left join statuses
        on statuses.source_kind = 'square' and parsed.state = statuses.vendor_status
    where
        parsed.first_line is not null
        or parsed.first_charge is not null
        or parsed.first_return is null

),

{%- set mapping = {
    'sale_id': 'id',
    'store_id': 'store',
    'till_id': 'till',
    'card_number': 'buyer',
    'status': 'known_status',
    'currency_code': 'currency',
    'prices_include_tax': '(not adds_tax)',
    'discount_amount': '(discount_money)',
    'tax_amount': '(tax_money)',
    'total_amount': 'total_money - tip_money - rounding_money',
    'sold_at': 'rung_up',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}
{%- set verify = {
    'total': 'integer', 'tip': 'integer', 'rounding': 'integer', 'tax': 'integer',
    'discount': 'integer',
} %}

judged as (

    {{ to_contract('joined', 'pos', 'sales', mapping, verify) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
