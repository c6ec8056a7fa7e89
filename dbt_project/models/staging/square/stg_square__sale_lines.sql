{#- Lines and service charges of the newest version of each order. What a line costs is told
    from its total: whether Square's gross amount holds the tax depends on the seller's country. -#}
{%- set fields = {
    'uid': '$.uid',
    'name': '$.name',
    'variation': '$.catalog_object_id',
    'quantity': '$.quantity',
    'item_type': '$.item_type',
    'treatment': '$.treatment_type',
    'total': '$.total_money.amount',
    'tax': '$.total_tax_money.amount',
    'discount': '$.total_discount_money.amount',
} -%}
{%- set carried = raw_columns() + ['currency', 'taxes', 'updated'] -%}
with

source as (

    select * from {{ source('square', 'orders') }}

),

catalog as (

    select * from {{ source('square', 'catalog') }}

),

newest as (

    {{ newest_records('source') }}

),

newest_catalog as (

    {{ newest_records('catalog') }}

),

objects as (

    {{ json_fields(
        'newest_catalog', 'record',
        {
            'item': '$.item_variation_data.item_id',
            'sku': '$.item_variation_data.sku',
            'reporting_category': '$.item_data.reporting_category.id',
            'first_category': '$.item_data.categories[0].id',
            'old_category': '$.item_data.category_id',
            'category_name': '$.category_data.name',
        },
        ['source_system', 'record_id']
    ) }}

),

variations as (

    select
        objects.source_system,
        objects.record_id,
        objects.sku,
        categories.category_name
    from objects
    left join objects as parents
        on
            objects.source_system = parents.source_system
            and objects.item = parents.record_id
    left join objects as categories
        on
            parents.source_system = categories.source_system
            and coalesce(
                parents.reporting_category, parents.first_category, parents.old_category
            ) = categories.record_id
    where objects.item is not null

),

headers as (

    {{ json_fields(
        'newest', 'record',
        {
            'currency': '$.total_money.currency',
            'taxes': '$.taxes',
            'updated': '$.updated_at',
        },
        raw_columns() + ['record']
    ) }}

),

line_items as (

    {{ json_items('headers', 'record', '$.line_items', carried) }}

),

charge_items as (

    {{ json_items('headers', 'record', '$.service_charges', carried) }}

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

    {{ json_fields('items', 'item', fields, carried + ['uid_prefix', 'item_number', 'item']) }}

),

priced as (

    select
        parsed.*,
        parsed.uid_prefix || coalesce(
            parsed.uid, cast(parsed.item_number as {{ dbt.type_string() }})
        ) as line_id,
        parsed.record_id || ':' || parsed.uid_prefix
        || cast(parsed.item_number as {{ dbt.type_string() }}) as row_id,
        '{"order_id": "' || parsed.record_id || '", "line": ' || parsed.item || '}' as payload,
        case
            when parsed.uid_prefix <> '' then cast(1 as decimal(18, 5))
            else try_cast(parsed.quantity as decimal(18, 5))
        end as units,
        case when parsed.item_type = 'GIFT_CARD' then true end as sells_gift_card,
        coalesce(parsed.taxes like '%"ADDITIVE"%', false) as adds_tax,
        {{ from_minor_units('parsed.total', 'parsed.currency') }} as total_money,
        coalesce({{ from_minor_units('parsed.tax', 'parsed.currency') }}, 0) as tax_money,
        coalesce({{ from_minor_units('parsed.discount', 'parsed.currency') }}, 0)
            as discount_money,
        variations.sku,
        variations.category_name
    from parsed
    left join variations
        on
            parsed.source_system = variations.source_system
            and parsed.variation = variations.record_id
    -- A service charge that was apportioned is in the lines already.
    where coalesce(parsed.treatment, '') <> 'APPORTIONED_TREATMENT'

),

{%- set mapping = {
    'sale_id': 'record_id',
    'line_id': 'line_id',
    'product_id': 'variation',
    'sku': 'sku',
    'description': 'name',
    'category': 'category_name',
    'is_gift_card': '(sells_gift_card)',
    'quantity': 'round(units, 4)',
    'gross_amount': 'total_money + discount_money - case when adds_tax then tax_money else 0 end',
    'discount_amount': '(discount_money)',
    'tax_amount': '(tax_money)',
    'sale_updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract(
        'priced', 'pos', 'sale_lines', mapping,
        {'total': 'integer', 'tax': 'integer', 'discount': 'integer'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
