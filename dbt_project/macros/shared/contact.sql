{#- Whom a record of a help desk, a mail tool or the like speaks of. -#}

{#- Joins of `relation` to the customers that its account, card and e-mail address point to. -#}
{% macro join_contacts(relation, contacts, kinds) -%}
    {%- for kind in kinds %}
    left join {{ contacts }} as by_{{ kind }}
        on
            by_{{ kind }}.contact_kind = '{{ kind }}'
            and by_{{ kind }}.contact = {{ {
                'account': relation ~ '.customer_id',
                'card': relation ~ '.card_number',
                'email': 'lower(trim(' ~ relation ~ '.email))',
            }[kind] }}
    {%- endfor %}
{%- endmacro %}
