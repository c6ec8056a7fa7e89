{#- A query with the newest change of every staged entity and system, by the source's own clock. What lies after the
    last business date does not count: one wrong year would hide that a source has fallen silent.
    Columns source_kind, source_system, entity, newest_event_at. -#}
{% macro newest_events() -%}
    {%- set clocks = {
        'eshop': {
            'customers': ['updated_at', 'created_at'],
            'products': ['updated_at', 'created_at'],
            'orders': ['updated_at', 'ordered_at'],
            'order_lines': ['order_updated_at'],
            'payments': ['updated_at', 'paid_at'],
            'discounts': ['updated_at'],
            'refunds': ['updated_at', 'refunded_at'],
            'refund_lines': ['refund_updated_at'],
            'shipments': ['updated_at', 'shipped_at'],
            'consents': ['changed_at'],
            'loyalty_events': ['updated_at', 'occurred_at'],
        },
        'pos': {
            'stores': ['updated_at'],
            'loyalty_cards': ['updated_at', 'registered_at'],
            'sales': ['updated_at', 'sold_at'],
            'sale_lines': ['sale_updated_at'],
            'payments': ['updated_at', 'paid_at'],
            'returns': ['updated_at', 'returned_at'],
            'loyalty_events': ['updated_at', 'occurred_at'],
        },
        'survey': {
            'surveys': ['updated_at', 'created_at'],
            'questions': ['updated_at'],
            'invites': ['updated_at', 'sent_at'],
            'responses': ['updated_at', 'submitted_at'],
            'answers': ['response_updated_at'],
            'reviews': ['updated_at', 'published_at'],
        },
        'service': {
            'messages': ['updated_at', 'sent_at'],
            'tickets': ['updated_at', 'opened_at'],
            'page_visits': ['visited_at'],
            'disputes': ['updated_at', 'opened_at'],
            'checkouts': ['updated_at', 'started_at'],
        },
    } -%}
    {%- for kind, entities in clocks.items() %}
    {%- set is_last_kind = loop.last %}
    {%- for entity, columns in entities.items() %}
    {%- set instant = 'coalesce(' ~ columns | join(', ') ~ ')' if columns | length > 1 else columns[0] %}
    select
        '{{ kind }}' as source_kind,
        source_system,
        '{{ entity }}' as entity,
        max({{ instant }}) as newest_event_at
    from {{ ref('stg_' ~ kind ~ '__' ~ entity) }}
    where {{ instant }} < {{ as_of_end() }}
    group by source_system
    {{ 'union all' if not (loop.last and is_last_kind) }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}
