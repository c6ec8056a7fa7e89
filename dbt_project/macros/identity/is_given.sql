{#- True when a text says anything at all. -#}
{% macro is_given(expression) -%}
coalesce(trim({{ expression }}), '') <> ''
{%- endmacro %}


{#- True when a guest order left anything to know the guest by: the order then has a customer record of its own. -#}
{% macro has_guest_contact(relation='') -%}
{%- set prefix = relation ~ '.' if relation else '' -%}
(
    {%- for column_name in ['guest_email', 'guest_phone', 'guest_first_name', 'guest_last_name'] %}
    {{ is_given(prefix ~ column_name) }}{{ ' or' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
