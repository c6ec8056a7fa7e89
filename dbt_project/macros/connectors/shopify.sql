{#- The number at the end of Shopify's global id: of gid://shopify/Order/123 it is 123. -#}
{% macro gid_number(expression) -%}
    nullif(regexp_extract({{ expression }}, '[0-9]+$', 0), '')
{%- endmacro %}


{#- An amount in the shop's own currency, as Shopify writes it. -#}
{% macro shopify_money(expression) -%}
    try_cast({{ expression }} as decimal(18, 4))
{%- endmacro %}
