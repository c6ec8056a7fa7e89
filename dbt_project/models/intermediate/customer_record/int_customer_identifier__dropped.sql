with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

{%- set kinds = ['email', 'phone', 'card', 'birth_date', 'name'] %}

final as (
    {% for kind in kinds %}
    select
        customer_record_key,
        '{{ kind }}' as identifier_type,
        {{ kind }}_raw as raw_value,
        {{ kind }}_dropped_reason as dropped_reason
    from records
    where {{ kind }}_dropped_reason is not null
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

)

select * from final
