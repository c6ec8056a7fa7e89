with

must_links as (

    select
        'must_link' as decision,
        *
    from {{ ref('identity_must_link') }}

),

cannot_links as (

    select
        'cannot_link' as decision,
        *
    from {{ ref('identity_cannot_link') }}

),

decided as (

    select * from must_links
    union all
    select * from cannot_links

),

-- A checkout that the shop keeps as a record, and a contact of a mailing tool, have the key of an
-- account, as in int_customer_record__unify; a card is named by its last digits alone.
keyed as (

    select
        decision,
        {%- for side in ['a', 'b'] %}
        {{ customer_record_key(
            'source_system_' ~ side,
            "case when record_type_" ~ side ~ " = 'subscriber' or record_type_" ~ side
            ~ " = 'eshop_guest' and source_id_" ~ side
            ~ " not like 'guest:%' then 'eshop_account' else record_type_" ~ side ~ " end",
            'source_id_' ~ side,
        ) }}
            as key_{{ side }},
        source_system_{{ side }} || ':' || record_type_{{ side }} || ':'
        || case
            when record_type_{{ side }} = 'loyalty_card' and length(source_id_{{ side }}) > 4
                then
                    '...' || substring(source_id_{{ side }}, length(source_id_{{ side }}) - 3, 4)
            else source_id_{{ side }}
        end as text_{{ side }},
        {%- endfor %}
        valid_from,
        reason
    from decided
    where valid_from <= {{ as_of_date() }}

),

final as (

    select
        decision,
        least(key_a, key_b) as record_key_a,
        greatest(key_a, key_b) as record_key_b,
        text_a || ' and ' || text_b || ', from ' || cast(valid_from as string) as row_text,
        reason
    from keyed

)

select * from final
