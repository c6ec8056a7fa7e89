{#- What has been exported is written by `evermart export` and kept for ever: it is the memory of who was contacted.
    A test compares this table with the one that the command writes to. -#}
{% macro contact_tables() -%}
    {{ return({
        'audience_export': {
            'export_id': 'string',
            'audience_code': 'string',
            'audience_key': 'string',
            'customer_id': 'string',
            'contact_channel': 'string',
            'contact_date': 'date',
            'exported_at': 'timestamp',
        },
    }) }}
{%- endmacro %}
