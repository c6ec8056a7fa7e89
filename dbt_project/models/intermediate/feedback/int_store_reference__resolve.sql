with

stores as (

    select * from {{ ref('stg_pos__stores') }}

),

-- An id that two till systems use points to neither.
final as (

    select
        store_id as store_reference,
        min({{ source_key('source_system', ['store_id']) }}) as store_key
    from stores
    group by store_id
    having count(*) = 1

)

select * from final
