{#- Keys that are the same in every room. -#}

{#- The key of a record that speaks of a person. Opaque, since the id of a source may be a card number. The record of a
    guest checkout without a customer record has the source id 'guest:' || order_id. -#}
{% macro customer_record_key(source_system, record_type, source_id) -%}
    md5({{ source_system }} || '|' || {{ record_type }} || '|' || {{ source_id }})
{%- endmacro %}


{#- A key inside one source system: NULL when any of its parts is. -#}
{% macro source_key(source_system, ids) -%}
    {{ source_system }}{% for id in ids %} || ':' || {{ id }}{% endfor %}
{%- endmacro %}


{#- The key of a product: by SKU, which systems share, else by the system's own id. -#}
{% macro product_key(source_system, product_id, sku) -%}
    coalesce('sku:' || nullif(trim({{ sku }}), ''), {{ source_system }} || ':' || {{ product_id }})
{%- endmacro %}
