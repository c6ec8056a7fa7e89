{#- What each discount of an order took off its lines, however many; what it took off the shipping
    is in the price of the shipping already. -#}
with

source as (

    select * from {{ source('shopify', 'orders') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record', {'updated': '$.updatedAt'}, raw_columns() + ['record']
    ) }}

),

line_items as (

    {{ json_items('headers', 'record', '$.lineItems', ['source_system', 'record_id']) }}

),

allocation_items as (

    {{ json_items(
        '(select source_system, record_id, item as line from line_items) as lines', 'line',
        '$.discountAllocations', ['source_system', 'record_id']
    ) }}

),

allocations as (

    {{ json_fields(
        'allocation_items', 'item',
        {
            'discount_index': '$.discountApplication.index',
            'amount': '$.allocatedAmountSet.shopMoney.amount',
        },
        ['source_system', 'record_id']
    ) }}

),

amounts as (

    select
        source_system,
        record_id,
        discount_index,
        sum({{ shopify_money('amount') }}) as discount_amount
    from allocations
    group by source_system, record_id, discount_index

),

application_items as (

    {{ json_items('headers', 'record', '$.discountApplications', ['source_system', 'record_id']) }}

),

applications as (

    {{ json_fields(
        'application_items', 'item',
        {
            'discount_index': '$.index',
            'vendor_kind': '$.__typename',
            'code': '$.code',
            'title': '$.title',
        },
        ['source_system', 'record_id']
    ) }}

),

joined as (

    select
        {% for column in raw_columns() -%}
        headers.{{ column }},
        {% endfor -%}
        headers.updated,
        headers.record as payload,
        amounts.discount_amount,
        applications.vendor_kind,
        headers.record_id || ':' || coalesce(amounts.discount_index, '') as row_id,
        {{ gid_number('headers.record_id') }} || ':' || coalesce(amounts.discount_index, '')
            as discount_number,
        {{ gid_number('headers.record_id') }} as order_number,
        coalesce(applications.code, applications.title) as discount_code
    from amounts
    inner join headers
        on
            amounts.source_system = headers.source_system
            and amounts.record_id = headers.record_id
    left join applications
        on
            amounts.source_system = applications.source_system
            and amounts.record_id = applications.record_id
            and amounts.discount_index = applications.discount_index

),

{%- set mapping = {
    'discount_id': 'discount_number',
    'order_id': 'order_number',
    'discount_code': 'discount_code',
    'discount_kind': "case when vendor_kind = 'DiscountCodeApplication' then 'coupon' "
        ~ "when vendor_kind = 'ManualDiscountApplication' then 'manual' else 'promotion' end",
    'amount': '(discount_amount)',
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'discounts', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
