{#- Medusa keeps no sums: it counts them when it is asked, from what is left after refunds, and does
    not round. What the customer owed is therefore told by the lines. -#}
{%- set fields = {
    'id': '$.id',
    'display_id': '$.display_id',
    'customer': '$.customer_id',
    'email': '$.email',
    'billing_phone': '$.billing_address.phone',
    'billing_first_name': '$.billing_address.first_name',
    'billing_last_name': '$.billing_address.last_name',
    'billing_street': '$.billing_address.address_1',
    'billing_postcode': '$.billing_address.postal_code',
    'billing_city': '$.billing_address.city',
    'billing_country': '$.billing_address.country_code',
    'shipping_country': '$.shipping_address.country_code',
    'vendor_status': '$.status',
    'payment_status': '$.payment_status',
    'fulfillment_status': '$.fulfillment_status',
    'channel': '$.sales_channel.name',
    'currency': '$.currency_code',
    'first_inclusive': '$.items[0].is_tax_inclusive',
    'created_at': '$.created_at',
    'canceled_at': '$.canceled_at',
    'updated_at': '$.updated_at',
} -%}
{%- set version = ['source_system', 'record_id', 'version'] -%}
with

source as (

    select * from {{ source('medusa', 'orders') }}

),

statuses as (

    select * from {{ ref('connector_order_status') }}

),

currencies as (

    select * from {{ ref('currency') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

line_items as (

    {{ json_items('source', 'record', '$.items', version) }}

),

line_taxes as (

    {{ json_fields('line_items', 'item', {'tax': '$.tax_total'}, version) }}

),

shipping_items as (

    {{ json_items('source', 'record', '$.shipping_methods', version) }}

),

shipping_amounts as (

    {{ json_fields(
        'shipping_items', 'item',
        {
            'total': '$.total',
            'subtotal': '$.subtotal',
            'discount': '$.discount_subtotal',
            'tax': '$.tax_total',
        },
        version
    ) }}

),

taxes as (

    select
        source_system,
        record_id,
        version,
        sum(try_cast(tax as decimal(28, 10))) as line_tax
    from line_taxes
    group by source_system, record_id, version

),

shipping as (

    select
        source_system,
        record_id,
        version,
        sum(try_cast(total as decimal(28, 10))) as shipping_with_tax,
        sum(
            try_cast(subtotal as decimal(28, 10))
            - coalesce(try_cast(discount as decimal(28, 10)), 0)
        ) as shipping_without_tax,
        sum(try_cast(tax as decimal(28, 10))) as shipping_tax
    from shipping_amounts
    group by source_system, record_id, version

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        nullif(parsed.customer, '') as customer_id,
        parsed.first_inclusive = 'true' as has_tax_inside,
        coalesce(statuses.order_status, parsed.vendor_status) as known_status,
        coalesce(currencies.minor_units, 2) as minor_units,
        coalesce(taxes.line_tax, 0) as line_tax,
        coalesce(shipping.shipping_with_tax, 0) as shipping_with_tax,
        coalesce(shipping.shipping_without_tax, 0) as shipping_without_tax,
        coalesce(shipping.shipping_tax, 0) as shipping_tax
    from parsed
    left join statuses
        on statuses.source_kind = 'medusa' and parsed.vendor_status = statuses.vendor_status
    left join currencies
        on upper(parsed.currency) = currencies.currency_code
    left join taxes
        on
            parsed.source_system = taxes.source_system
            and parsed.record_id = taxes.record_id
            and parsed.version = taxes.version
    left join shipping
        on
            parsed.source_system = shipping.source_system
            and parsed.record_id = shipping.record_id
            and parsed.version = shipping.version

),

{%- set guest = "case when customer_id is null then nullif({}, '') end" %}
{%- set mapping = {
    'order_id': 'id',
    'order_number': 'display_id',
    'customer_id': 'customer_id',
    'guest_email': guest.format('email'),
    'guest_phone': guest.format('billing_phone'),
    'guest_first_name': guest.format('billing_first_name'),
    'guest_last_name': guest.format('billing_last_name'),
    'guest_street': guest.format('billing_street'),
    'guest_postcode': guest.format('billing_postcode'),
    'guest_city': guest.format('billing_city'),
    'status': "case when known_status <> 'pending' then known_status "
        ~ "when fulfillment_status in ('fulfilled', 'shipped', 'delivered') then 'fulfilled' "
        ~ "when payment_status in ('captured', 'partially_refunded', 'refunded') then 'paid' "
        ~ 'else known_status end',
    'sales_channel': "case when lower(channel) in ('pos', 'point of sale') then 'pos' "
        ~ "else 'web' end",
    'country_code': 'upper(coalesce(shipping_country, billing_country))',
    'currency_code': 'upper(currency)',
    'prices_include_tax': '(coalesce(has_tax_inside, false))',
    'shipping_amount': round_money(
        'case when has_tax_inside then shipping_with_tax else shipping_without_tax end',
        'minor_units'
    ),
    'tax_amount': round_money('line_tax + shipping_tax', 'minor_units'),
    'ordered_at': 'created_at',
    'cancelled_at': 'canceled_at',
    'updated_at': 'updated_at',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'orders', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
