{#- A query with the rows of one nightly audience: why each person belongs to it, and what to do. -#}
{% macro audience_rows(audience_code) -%}
    select
        audience_key,
        audience_code,
        customer_id,
        action,
        reason,
        rule_reason,
        contact_channel,
        order_key,
        product_key,
        is_hold_out,
        contacts_7_days,
        contacts_30_days,
        budget_left,
        contact_on,
        {{ as_of_date() }} as as_of_date
    from {{ ref('int_audience__allot') }}
    where audience_code = '{{ audience_code }}'
{%- endmacro %}
