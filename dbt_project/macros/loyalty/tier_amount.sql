{#- What counts for the tiers, by the basis of the programme version that is in force. -#}
{% macro tier_amount(qualifications, basis) -%}
    cast(
        case {{ basis }}
            when 'points' then {{ qualifications }}.points
            when 'net_spend' then {{ qualifications }}.net_spend
            when 'orders' then {{ qualifications }}.orders
        end as decimal(18, 4)
    )
{%- endmacro %}
