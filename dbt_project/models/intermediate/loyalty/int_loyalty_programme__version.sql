-- The root of everything about loyalty, so that no broken rule gets further than here: the tests of
-- all four files of a programme stand before it.
-- depends_on: {{ ref('loyalty_scope') }}
-- depends_on: {{ ref('loyalty_earn_rule') }}
-- depends_on: {{ ref('loyalty_tier') }}
with

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

final as (

    select
        *,
        lead(valid_from) over (partition by programme_code order by valid_from) as valid_to,
        row_number() over (partition by programme_code order by valid_from) as version_number
    from programmes

)

select * from final
