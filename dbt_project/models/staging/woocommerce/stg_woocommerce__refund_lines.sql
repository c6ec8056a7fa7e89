{#- WooCommerce writes what comes back as negative numbers; the contract counts what came
    back. -#}
{%- set fields = {
    'refund_line': '$.id',
    'product': '$.product_id',
    'variation': '$.variation_id',
    'quantity': '$.quantity',
    'total': '$.total',
    'total_tax': '$.total_tax',
    'meta_data': '$.meta_data',
} -%}
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
        'newest_orders', 'record', {'prices_include_tax': '$.prices_include_tax'},
        ['source_system', 'record_id']
    ) }}

),

refunds as (

    {{ json_fields(
        'newest', 'record', {'date_created_gmt': '$.date_created_gmt'}, raw_columns() + ['record']
    ) }}

),

line_items as (

    {{ json_items('refunds', 'record', '$.line_items', raw_columns() + ['date_created_gmt']) }}

),

fee_items as (

    {{ json_items('refunds', 'record', '$.fee_lines', raw_columns() + ['date_created_gmt']) }}

),

items as (

    select
        *,
        'line_items' as item_kind
    from line_items

    union all

    select
        *,
        'fee_lines' as item_kind
    from fee_items

),

parsed as (

    {{ json_fields(
        'items', 'item', fields,
        raw_columns() + ['date_created_gmt', 'item_kind', 'item_number', 'item']
    ) }}

),

meta_items as (

    {{ json_items(
        '(select *, item_number as line_number from parsed) as numbered',
        'meta_data',
        '$',
        ['source_system', 'record_id', 'item_kind', 'line_number']
    ) }}

),

marks as (

    {{ json_fields(
        'meta_items', 'item', {'mark': '$.key', 'mark_value': '$.value'},
        ['source_system', 'record_id', 'item_kind', 'line_number']
    ) }}

),

refunded_items as (

    select
        source_system,
        record_id,
        item_kind,
        line_number,
        max(mark_value) as refunded_item_id
    from marks
    where mark = '_refunded_item_id'
    group by source_system, record_id, item_kind, line_number

),

joined as (

    select
        parsed.*,
        parsed.record_id || ':' || parsed.item_kind || ':'
        || cast(parsed.item_number as {{ dbt.type_string() }}) as row_id,
        '{"order_id": "' || coalesce(parsed.parent_id, '') || '", "line": ' || parsed.item || '}'
            as payload,
        refunded_items.refunded_item_id,
        coalesce(order_facts.prices_include_tax, 'false') = 'true' as has_tax_inside,
        coalesce(
            nullif(nullif(parsed.variation, '0'), ''), nullif(nullif(parsed.product, '0'), '')
        ) as product_id,
        abs(coalesce(try_cast(parsed.quantity as decimal(18, 4)), 0)) as units,
        abs(try_cast(parsed.total as decimal(18, 4))) as amount_back,
        abs(coalesce(try_cast(parsed.total_tax as decimal(18, 4)), 0)) as tax_back
    from parsed
    left join refunded_items
        on
            parsed.source_system = refunded_items.source_system
            and parsed.record_id = refunded_items.record_id
            and parsed.item_kind = refunded_items.item_kind
            and parsed.item_number = refunded_items.line_number
    left join order_facts
        on
            parsed.source_system = order_facts.source_system
            and parsed.parent_id = order_facts.record_id
    where parsed.deleted_at is null

),

{%- set mapping = {
    'refund_id': 'record_id',
    'refund_line_id': 'refund_line',
    'line_id': 'refunded_item_id',
    'product_id': 'product_id',
    'quantity': '(units)',
    'amount': 'amount_back + case when has_tax_inside then tax_back else 0 end',
    'tax_amount': '(tax_back)',
    'refund_updated_at': 'date_created_gmt',
} %}

judged as (

    {{ to_contract(
        'joined', 'eshop', 'refund_lines', mapping,
        {'quantity': 'decimal', 'total': 'decimal', 'total_tax': 'decimal'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
