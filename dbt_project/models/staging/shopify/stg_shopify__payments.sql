{#- Movements of money towards an order. What went back is a refund; the change that a till gave is
    taken off the cash that it took. -#}
{%- set fields = {
    'transaction': '$.id',
    'kind': '$.kind',
    'vendor_status': '$.status',
    'gateway': '$.gateway',
    'created': '$.createdAt',
    'processed': '$.processedAt',
    'amount': '$.amountSet.shopMoney.amount',
    'parent_transaction': '$.parentTransaction.id',
} -%}
with

source as (

    select * from {{ source('shopify', 'orders') }}

),

methods as (

    select * from {{ ref('connector_payment_method') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record', {'updated': '$.updatedAt'}, raw_columns() + ['record']
    ) }}

),

items as (

    {{ json_items('headers', 'record', '$.transactions', raw_columns() + ['updated']) }}

),

parsed as (

    {{ json_fields('items', 'item', fields, raw_columns() + ['updated', 'item']) }}

),

change as (

    select
        source_system,
        parent_transaction,
        sum({{ shopify_money('amount') }}) as change_amount
    from parsed
    where kind = 'CHANGE' and vendor_status = 'SUCCESS' and parent_transaction is not null
    group by source_system, parent_transaction

),

joined as (

    select
        parsed.*,
        parsed.transaction as row_id,
        '{"order_id": "' || {{ gid_number('parsed.record_id') }} || '", "transaction": '
        || parsed.item || '}' as payload,
        {{ gid_number('parsed.transaction') }} as payment_number,
        {{ gid_number('parsed.record_id') }} as order_number,
        coalesce(parsed.processed, parsed.created) as paid,
        coalesce(methods.payment_method, 'other') as known_method,
        coalesce(change.change_amount, 0) as change_amount
    from parsed
    left join methods
        on methods.source_kind = 'shopify' and lower(parsed.gateway) = methods.vendor_method
    left join change
        on
            parsed.source_system = change.source_system
            and parsed.transaction = change.parent_transaction
    where parsed.kind not in ('REFUND', 'SUGGESTED_REFUND', 'CHANGE')

),

{%- set mapping = {
    'payment_id': 'payment_number',
    'order_id': 'order_number',
    'payment_kind': "case kind when 'AUTHORIZATION' then 'authorisation' "
        ~ "when 'EMV_AUTHORIZATION' then 'authorisation' else lower(kind) end",
    'payment_status': "case when vendor_status = 'SUCCESS' then 'succeeded' "
        ~ "when vendor_status in ('ERROR', 'FAILURE') then 'failed' else 'pending' end",
    'payment_method': 'known_method',
    'amount': shopify_money('amount') ~ ' - change_amount',
    'paid_at': 'paid',
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'payments', mapping, {'amount': 'decimal'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
