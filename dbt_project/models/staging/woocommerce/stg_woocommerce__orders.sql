{#- Line amounts of WooCommerce never hold tax, whatever the shop's prices do. Where
    customers see prices with tax, the tax is added to the price, so that the amounts of the
    contract are what customers saw and paid. -#}
{%- set fields = {
    'id': '$.id',
    'number': '$.number',
    'vendor_status': '$.status',
    'currency': '$.currency',
    'customer': '$.customer_id',
    'prices_include_tax': '$.prices_include_tax',
    'billing_email': '$.billing.email',
    'billing_phone': '$.billing.phone',
    'billing_first_name': '$.billing.first_name',
    'billing_last_name': '$.billing.last_name',
    'billing_country': '$.billing.country',
    'shipping_country': '$.shipping.country',
    'created_via': '$.created_via',
    'discount_total': '$.discount_total',
    'discount_tax': '$.discount_tax',
    'shipping_total': '$.shipping_total',
    'shipping_tax': '$.shipping_tax',
    'total': '$.total',
    'total_tax': '$.total_tax',
    'date_created_gmt': '$.date_created_gmt',
    'date_modified_gmt': '$.date_modified_gmt',
    'date_completed_gmt': '$.date_completed_gmt',
} -%}
with

source as (

    select * from {{ source('woocommerce', 'orders') }}

),

statuses as (

    select * from {{ ref('connector_order_status') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, keep=raw_columns() + ['record']) }}

),

-- Gateways mark test orders, and subscriptions their renewals, in the order's meta data.
meta_data as (

    {{ json_items(
        "(select * from source where record like '%_mode%' "
        ~ "or record like '%_subscription_renewal%') as marked",
        'record',
        '$.meta_data',
        ['source_system', 'record_id', 'version']
    ) }}

),

marks as (

    {{ json_fields(
        'meta_data', 'item', {'mark': '$.key', 'mark_value': '$.value'},
        ['source_system', 'record_id', 'version']
    ) }}

),

traits as (

    select
        source_system,
        record_id,
        version,
        max(case
            when
                mark in ('_wcpay_mode', '_ppcp_paypal_payment_mode', '_mollie_payment_mode')
                and mark_value in ('test', 'sandbox')
                then 1
            else 0
        end) as test_marks,
        max(case when mark = '_subscription_renewal' then mark_value end) as subscription_id
    from marks
    group by source_system, record_id, version

),

-- What a gift card has paid is part of what the customer owes; WooCommerce takes it off the total.
gift_card_items as (

    {{ json_items('source', 'record', '$.gift_cards', ['source_system', 'record_id', 'version']) }}

),

gift_card_amounts as (

    {{ json_fields(
        'gift_card_items', 'item', {'amount': '$.amount'}, ['source_system', 'record_id', 'version']
    ) }}

),

gift_cards as (

    select
        source_system,
        record_id,
        version,
        sum(coalesce(try_cast(amount as decimal(18, 4)), 0)) as gift_card_amount
    from gift_card_amounts
    group by source_system, record_id, version

),

-- A fee below nought is a discount on the whole order.
fee_items as (

    {{ json_items('source', 'record', '$.fee_lines', ['source_system', 'record_id', 'version']) }}

),

fee_amounts as (

    {{ json_fields(
        'fee_items', 'item', {'fee_total': '$.total', 'fee_tax': '$.total_tax'},
        ['source_system', 'record_id', 'version']
    ) }}

),

rebates as (

    select
        source_system,
        record_id,
        version,
        -sum(try_cast(fee_total as decimal(18, 4))) as rebate_amount,
        -sum(coalesce(try_cast(fee_tax as decimal(18, 4)), 0)) as rebate_tax
    from fee_amounts
    where try_cast(fee_total as decimal(18, 4)) < 0
    group by source_system, record_id, version

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        nullif(parsed.customer, '0') as customer_id,
        coalesce(parsed.prices_include_tax, 'false') = 'true' as has_tax_inside,
        coalesce(statuses.order_status, parsed.vendor_status) as known_status,
        coalesce(traits.test_marks, 0) > 0 as has_test_mark,
        traits.subscription_id,
        coalesce(gift_cards.gift_card_amount, 0) as gift_card_amount,
        coalesce(rebates.rebate_amount, 0) as rebate_amount,
        coalesce(rebates.rebate_tax, 0) as rebate_tax
    from parsed
    left join statuses
        on statuses.source_kind = 'woocommerce' and parsed.vendor_status = statuses.vendor_status
    left join traits
        on
            parsed.source_system = traits.source_system
            and parsed.record_id = traits.record_id
            and parsed.version = traits.version
    left join gift_cards
        on
            parsed.source_system = gift_cards.source_system
            and parsed.record_id = gift_cards.record_id
            and parsed.version = gift_cards.version
    left join rebates
        on
            parsed.source_system = rebates.source_system
            and parsed.record_id = rebates.record_id
            and parsed.version = rebates.version

),

{%- set guest = "case when customer_id is null then nullif({}, '') end" %}
{%- set with_tax = "{} + case when has_tax_inside then coalesce({}, 0) else 0 end" %}
{%- set mapping = {
    'order_id': 'id',
    'order_number': 'number',
    'customer_id': 'customer_id',
    'guest_email': guest.format('billing_email'),
    'guest_phone': guest.format('billing_phone'),
    'guest_first_name': guest.format('billing_first_name'),
    'guest_last_name': guest.format('billing_last_name'),
    'status': "case when known_status = 'paid' and date_completed_gmt is not null then 'completed' "
        ~ 'else known_status end',
    'is_test': '(has_test_mark)',
    'sales_channel': "case when created_via in ('checkout', 'store-api') then 'web' "
        ~ "else nullif(created_via, '') end",
    'country_code': "coalesce(nullif(shipping_country, ''), nullif(billing_country, ''))",
    'currency_code': 'currency',
    'prices_include_tax': '(has_tax_inside)',
    'discount_amount': with_tax.format(
        'try_cast(discount_total as decimal(18, 4)) + rebate_amount',
        'try_cast(discount_tax as decimal(18, 4)) + rebate_tax'
    ),
    'shipping_amount': with_tax.format(
        'try_cast(shipping_total as decimal(18, 4))', 'try_cast(shipping_tax as decimal(18, 4))'
    ),
    'tax_amount': 'total_tax',
    'total_amount': 'try_cast(total as decimal(18, 4)) + gift_card_amount',
    'subscription_id': 'subscription_id',
    'ordered_at': 'date_created_gmt',
    'cancelled_at': "case when known_status = 'cancelled' then "
        ~ read_instant('date_modified_gmt') ~ ' end',
    'updated_at': 'date_modified_gmt',
    'deleted_at': "coalesce(deleted_at, case when vendor_status = 'trash' then "
        ~ read_instant('date_modified_gmt') ~ ' end)',
} %}
{%- set verify = {
    'discount_total': 'decimal', 'discount_tax': 'decimal', 'shipping_total': 'decimal',
    'shipping_tax': 'decimal', 'total': 'decimal',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'orders', mapping, verify) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
