{#- Goods that came back stand on an order of their own, which names the sale. Money that was
    given back without goods (a refund that made no such order) is a row without units. -#}
{%- set carried = raw_columns() + ['location', 'customer', 'currency', 'created', 'updated'] -%}
{%- set line_fields = {
    'uid': '$.uid',
    'source_line': '$.source_line_item_uid',
    'source_charge': '$.source_service_charge_uid',
    'variation': '$.catalog_object_id',
    'quantity': '$.quantity',
    'treatment': '$.treatment_type',
    'total': '$.total_money.amount',
    'tax': '$.total_tax_money.amount',
} -%}
with

source as (

    select * from {{ source('square', 'orders') }}

),

refunds as (

    select * from {{ source('square', 'refunds') }}

),

payments as (

    select * from {{ source('square', 'payments') }}

),

newest as (

    {{ newest_records('source') }}

),

newest_refunds as (

    {{ newest_records('refunds') }}

),

newest_payments as (

    {{ newest_records('payments') }}

),

headers as (

    {{ json_fields(
        'newest', 'record',
        {
            'state': '$.state',
            'location': '$.location_id',
            'customer': '$.customer_id',
            'currency': '$.total_money.currency',
            'taxes': '$.taxes',
            'total': '$.total_money.amount',
            'tax': '$.total_tax_money.amount',
            'first_return': '$.returns[0]',
            'created': '$.created_at',
            'updated': '$.updated_at',
        },
        raw_columns() + ['record']
    ) }}

),

refund_facts as (

    {{ json_fields(
        'newest_refunds', 'record',
        {
            'status': '$.status',
            'order_id': '$.order_id',
            'payment': '$.payment_id',
            'location': '$.location_id',
            'reason': '$.reason',
            'amount': '$.amount_money.amount',
            'currency': '$.amount_money.currency',
            'created': '$.created_at',
            'updated': '$.updated_at',
        },
        raw_columns() + ['record']
    ) }}

),

payment_facts as (

    {{ json_fields(
        'newest_payments', 'record', {'order_id': '$.order_id', 'customer': '$.customer_id'},
        ['source_system', 'record_id']
    ) }}

),

-- Why goods came back is written on the money; what was refused or failed has not been given back.
verdicts as (

    select
        source_system,
        order_id,
        min(reason) as reason,
        max(case when status in ('FAILED', 'REJECTED') then 0 else 1 end) as is_given_back
    from refund_facts
    where order_id is not null
    group by source_system, order_id

),

entries as (

    {{ json_items(
        "(select * from headers where first_return is not null "
        ~ "and state in ('COMPLETED', 'OPEN')) as returns_only",
        'record', '$.returns', carried
    ) }}

),

entry_facts as (

    {{ json_fields(
        '(select *, item as entry, item_number as entry_number from entries) as numbered',
        'entry',
        {'source_order': '$.source_order_id', 'return_taxes': '$.return_taxes'},
        carried + ['entry', 'entry_number']
    ) }}

),

line_items as (

    {{ json_items(
        'entry_facts', 'entry', '$.return_line_items',
        carried + ['entry_number', 'source_order', 'return_taxes']
    ) }}

),

charge_items as (

    {{ json_items(
        'entry_facts', 'entry', '$.return_service_charges',
        carried + ['entry_number', 'source_order', 'return_taxes']
    ) }}

),

items as (

    select
        *,
        '' as uid_prefix
    from line_items

    union all

    select
        *,
        'service_charge:' as uid_prefix
    from charge_items

),

parsed as (

    {{ json_fields(
        'items', 'item', line_fields,
        carried
        + ['entry_number', 'source_order', 'return_taxes', 'uid_prefix', 'item_number', 'item']
    ) }}

),

goods as (

    select
        parsed.*,
        verdicts.reason,
        parsed.record_id || ':' || cast(parsed.entry_number as {{ dbt.type_string() }}) || ':'
        || parsed.uid_prefix || cast(parsed.item_number as {{ dbt.type_string() }}) as row_id,
        parsed.uid_prefix || coalesce(
            parsed.uid,
            cast(parsed.entry_number as {{ dbt.type_string() }}) || ':'
            || cast(parsed.item_number as {{ dbt.type_string() }})
        ) as return_line,
        coalesce(parsed.source_line, 'service_charge:' || parsed.source_charge) as sale_line,
        case
            when parsed.uid_prefix <> '' then cast(1 as decimal(18, 5))
            else try_cast(parsed.quantity as decimal(18, 5))
        end as units,
        coalesce(sales.taxes, parsed.return_taxes) like '%"ADDITIVE"%' as adds_tax,
        {{ from_minor_units('parsed.total', 'parsed.currency') }} as total_money,
        coalesce({{ from_minor_units('parsed.tax', 'parsed.currency') }}, 0) as tax_money
    from parsed
    left join headers as sales
        on
            parsed.source_system = sales.source_system
            and parsed.source_order = sales.record_id
    left join verdicts
        on
            parsed.source_system = verdicts.source_system
            and parsed.record_id = verdicts.order_id
    where
        coalesce(parsed.treatment, '') <> 'APPORTIONED_TREATMENT'
        and coalesce(verdicts.is_given_back, 1) = 1

),

-- Money alone holds the sale's share of tax.
money as (

    select
        refund_facts.*,
        payment_facts.order_id as sale_id,
        payment_facts.customer,
        coalesce(sales.taxes like '%"ADDITIVE"%', false) as adds_tax,
        {{ from_minor_units('refund_facts.amount', 'refund_facts.currency') }} as total_money,
        coalesce(
            cast(
                round(
                    try_cast(refund_facts.amount as double) * try_cast(sales.tax as double)
                    / nullif(try_cast(sales.total as double), 0)
                ) as bigint
            ),
            0
        ) as tax_units
    from refund_facts
    left join payment_facts
        on
            refund_facts.source_system = payment_facts.source_system
            and refund_facts.payment = payment_facts.record_id
    left join headers as sales
        on
            payment_facts.source_system = sales.source_system
            and payment_facts.order_id = sales.record_id
    left join headers as return_orders
        on
            refund_facts.source_system = return_orders.source_system
            and refund_facts.order_id = return_orders.record_id
            and return_orders.first_return is not null
    where
        refund_facts.status not in ('FAILED', 'REJECTED')
        and return_orders.record_id is null

),

both_kinds as (

    select
        {{ raw_columns() | join(', ') }},
        row_id,
        '{"order_id": "' || record_id || '", "line": ' || item || '}' as payload,
        return_line,
        source_order as sale_id,
        sale_line,
        location,
        customer,
        variation,
        currency,
        round(units, 4) as units,
        total,
        tax,
        total_money - case when adds_tax then tax_money else 0 end as amount_back,
        tax_money,
        reason,
        created,
        updated
    from goods

    union all

    select
        {{ raw_columns() | join(', ') }},
        record_id as row_id,
        record as payload,
        'money' as return_line,
        sale_id,
        cast(null as {{ dbt.type_string() }}) as sale_line,
        location,
        customer,
        cast(null as {{ dbt.type_string() }}) as variation,
        currency,
        cast(0 as decimal(18, 4)) as units,
        amount as total,
        cast(tax_units as {{ dbt.type_string() }}) as tax,
        total_money - case
            when adds_tax then {{ from_minor_units('tax_units', 'currency') }}
            else 0
        end as amount_back,
        {{ from_minor_units('tax_units', 'currency') }} as tax_money,
        reason,
        created,
        updated
    from money

),

{%- set mapping = {
    'return_id': 'record_id',
    'return_line_id': 'return_line',
    'sale_id': 'sale_id',
    'line_id': 'sale_line',
    'store_id': 'location',
    'card_number': 'customer',
    'product_id': 'variation',
    'currency_code': 'currency',
    'quantity': '(units)',
    'amount': '(amount_back)',
    'tax_amount': '(tax_money)',
    'reason': 'reason',
    'returned_at': 'created',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract(
        'both_kinds', 'pos', 'returns', mapping, {'total': 'integer', 'tax': 'integer'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
