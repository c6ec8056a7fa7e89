with

stores as (

    select * from {{ ref('stg_pos__stores') }}

),

sales as (

    select * from {{ ref('stg_pos__sales') }}

),

returned as (

    select * from {{ ref('stg_pos__returns') }}

),

cards as (

    select * from {{ ref('stg_pos__loyalty_cards') }}

),

named as (

    select
        source_system,
        store_id
    from sales
    union
    select
        source_system,
        store_id
    from returned
    union
    select
        source_system,
        store_id
    from cards

),

final as (

    select
        {{ source_key('source_system', ['store_id']) }} as store_key,
        source_system,
        store_id as source_store_id,
        store_name,
        city,
        country_code,
        opened_on as opened_date,
        closed_on as closed_date,
        true as is_listed
    from stores

    union all

    select
        {{ source_key('named.source_system', ['named.store_id']) }} as store_key,
        named.source_system,
        named.store_id as source_store_id,
        cast(null as string) as store_name,
        cast(null as string) as city,
        cast(null as string) as country_code,
        cast(null as date) as opened_date,
        cast(null as date) as closed_date,
        false as is_listed
    from named
    left join stores
        on
            named.source_system = stores.source_system
            and named.store_id = stores.store_id
    where named.store_id is not null and stores.store_id is null

)

select * from final
