{#- Where the open door and the connectors meet. -#}

{#- Which entities of the contract a vendor's staging models bring; those of vendors that are not configured are off. -#}
{% macro connector_feeds() -%}
    {%- set feeds = {
        'klaviyo': {'eshop': ['customers', 'consents'], 'service': ['messages']},
        'limesurvey': {'survey': ['surveys', 'questions', 'invites', 'responses', 'answers']},
        'medusa': {'eshop': [
            'customers', 'products', 'orders', 'order_lines', 'payments', 'discounts', 'refunds', 'shipments',
        ]},
        'shopify': {'eshop': [
            'customers', 'consents', 'products', 'orders', 'order_lines', 'payments', 'discounts', 'refunds',
            'refund_lines', 'shipments',
        ]},
        'square': {
            'pos': [
                'stores', 'loyalty_cards', 'sales', 'sale_lines', 'payments', 'returns', 'loyalty_balances',
                'loyalty_movements',
            ],
        },
        'typeform': {'survey': ['surveys', 'questions', 'responses', 'answers']},
        'woocommerce': {
            'eshop': [
                'customers', 'products', 'orders', 'order_lines', 'payments', 'discounts', 'refunds', 'refund_lines',
            ],
            'survey': ['reviews'],
        },
        'zendesk': {
            'service': ['tickets'],
            'survey': ['surveys', 'questions', 'invites', 'responses', 'answers'],
        },
    } -%}
    {%- set on = {} -%}
    {%- for vendor, kinds in feeds.items() if vendor in var('connectors') -%}
        {%- do on.update({vendor: kinds}) -%}
    {%- endfor -%}
    {{ return(on) }}
{%- endmacro %}


{#- A query with every row of an entity: what files brought, and what the connectors' staging has made of their records.
    Sources of the contract are named alike in both, so whatever reads it need not know how a system is connected. -#}
{% macro landed(kind, entity) -%}
    {%- set models = [] -%}
    {%- for vendor, kinds in connector_feeds().items() if entity in kinds.get(kind, []) -%}
        {%- do models.append('stg_' ~ vendor ~ '__' ~ entity) -%}
    {%- endfor -%}
    {%- if not models -%}
    select * from {{ source(kind, entity) }}
    {%- else -%}
    {%- set columns = ['source_system'] + contract_entity(kind, entity).columns.keys() | list
        + ['_source_file', '_source_row', '_file_date', '_file_modified_at', '_known_at'] -%}
    select {{ columns | join(', ') }} from {{ source(kind, entity) }}
    {%- for model in models %}
    union all
    select {{ columns | join(', ') }} from {{ ref(model) }} where not is_put_aside
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- A query with every row that the connectors' staging has put aside, in the columns of the quarantine; nothing when no
    connector is configured. -#}
{% macro put_aside() -%}
    {%- for vendor, kinds in connector_feeds().items() -%}
    {%- for kind, entities in kinds.items() -%}
    {%- for entity in entities %}
    union all
    select
        '{{ vendor }}' as source_kind,
        source_system,
        '{{ entity }}' as entity,
        defect_column as column_name,
        defect_value as column_value,
        defect_reason as reason,
        payload,
        _source_file,
        _source_row,
        row_id as record_part,
        _file_date,
        _known_at,
        _dlt_load_id
    from {{ ref('stg_' ~ vendor ~ '__' ~ entity) }}
    where is_put_aside
    {%- endfor -%}
    {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#- The kind (part 2) or entity (part 3) of the contract that a landed table is judged as. -#}
{% macro contract_name(source_kind, entity, part) -%}
    case
        {%- for names in connector_tables() if names[0] in var('connectors') %}
        when {{ source_kind }} = '{{ names[0] }}' and {{ entity }} = '{{ names[1] }}' then '{{ names[part] }}'
        {%- endfor %}
        when true then {{ source_kind if part == 2 else entity }}
    end
{%- endmacro %}
