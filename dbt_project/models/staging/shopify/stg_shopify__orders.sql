{#- Amounts are in the shop's own currency (shopMoney). What an order costs is compared with its
    lines, so it holds goods, shipping and tax alone: no tips, duties and fees. Shopify keeps no
    such sum of an order that was edited, and rounds those in another currency line by line:
    there the lines speak for themselves. -#}
{%- set fields = {
    'id': '$.id',
    'name': '$.name',
    'customer': '$.customer.id',
    'email': '$.email',
    'phone': '$.phone',
    'billing_phone': '$.billingAddress.phone',
    'billing_first_name': '$.billingAddress.firstName',
    'billing_last_name': '$.billingAddress.lastName',
    'billing_street': '$.billingAddress.address1',
    'billing_postcode': '$.billingAddress.zip',
    'billing_city': '$.billingAddress.city',
    'billing_country': '$.billingAddress.countryCodeV2',
    'shipping_country': '$.shippingAddress.countryCodeV2',
    'vendor_status': '$.displayFinancialStatus',
    'fulfillment_status': '$.displayFulfillmentStatus',
    'test': '$.test',
    'edited': '$.edited',
    'source_name': '$.sourceName',
    'currency': '$.currencyCode',
    'shown_currency': '$.presentmentCurrencyCode',
    'taxes_included': '$.taxesIncluded',
    'subtotal': '$.subtotalPriceSet.shopMoney.amount',
    'total_tax': '$.totalTaxSet.shopMoney.amount',
    'processed': '$.processedAt',
    'cancelled': '$.cancelledAt',
    'closed': '$.closedAt',
    'updated': '$.updatedAt',
} -%}
with

source as (

    select * from {{ source('shopify', 'orders') }}

),

statuses as (

    select * from {{ ref('connector_order_status') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

shipping_items as (

    {{ json_items(
        'source', 'record', '$.shippingLines', ['source_system', 'record_id', 'version']
    ) }}

),

shipping_amounts as (

    {{ json_fields(
        'shipping_items', 'item', {'shipping': '$.discountedPriceSet.shopMoney.amount'},
        ['source_system', 'record_id', 'version']
    ) }}

),

shipping as (

    select
        source_system,
        record_id,
        version,
        sum({{ shopify_money('shipping') }}) as shipping_amount
    from shipping_amounts
    group by source_system, record_id, version

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        {{ gid_number('parsed.id') }} as order_number,
        {{ gid_number('parsed.customer') }} as customer_number,
        coalesce(parsed.taxes_included, 'false') = 'true' as has_tax_inside,
        coalesce(statuses.order_status, parsed.vendor_status) as known_status,
        coalesce(shipping.shipping_amount, 0) as shipping_amount
    from parsed
    left join statuses
        on statuses.source_kind = 'shopify' and parsed.vendor_status = statuses.vendor_status
    left join shipping
        on
            parsed.source_system = shipping.source_system
            and parsed.record_id = shipping.record_id
            and parsed.version = shipping.version

),

{%- set guest = "case when customer_number is null then nullif({}, '') end" %}
{%- set mapping = {
    'order_id': 'order_number',
    'order_number': 'name',
    'customer_id': 'customer_number',
    'guest_email': guest.format('email'),
    'guest_phone': guest.format("coalesce(nullif(phone, ''), billing_phone)"),
    'guest_first_name': guest.format('billing_first_name'),
    'guest_last_name': guest.format('billing_last_name'),
    'guest_street': guest.format('billing_street'),
    'guest_postcode': guest.format('billing_postcode'),
    'guest_city': guest.format('billing_city'),
    'status': "case when cancelled is not null then 'cancelled' "
        ~ "when vendor_status is null then 'pending' "
        ~ "when known_status = 'void' then 'void' "
        ~ "when fulfillment_status = 'FULFILLED' and closed is not null then 'completed' "
        ~ "when fulfillment_status = 'FULFILLED' then 'fulfilled' else known_status end",
    'is_test': "(coalesce(test, 'false') = 'true')",
    'sales_channel': "case when source_name in ('web', '580111') then 'web' "
        ~ "when source_name in ('pos', '129785') then 'pos' "
        ~ "when source_name in ('iphone', 'android') then 'app' "
        ~ "when source_name = 'shopify_draft_order' then 'draft_order' "
        ~ "else nullif(source_name, '') end",
    'country_code': "coalesce(nullif(shipping_country, ''), nullif(billing_country, ''))",
    'currency_code': 'currency',
    'prices_include_tax': '(has_tax_inside)',
    'shipping_amount': '(shipping_amount)',
    'tax_amount': 'total_tax',
    'total_amount': "case when coalesce(edited, 'false') = 'false' "
        ~ 'and currency = shown_currency then '
        ~ shopify_money('subtotal') ~ ' + shipping_amount + case when has_tax_inside then 0 else '
        ~ shopify_money('total_tax') ~ ' end end',
    'ordered_at': 'processed',
    'cancelled_at': 'cancelled',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'orders', mapping, {'subtotal': 'decimal'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
