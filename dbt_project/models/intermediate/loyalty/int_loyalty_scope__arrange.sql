with

scopes as (

    select * from {{ ref('loyalty_scope') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

final as (

    select
        programmes.programme_code,
        programmes.rule_version,
        programmes.valid_from,
        programmes.valid_to,
        scopes.source_system,
        scopes.store_key,
        scopes.country_code,
        scopes.brand,
        case when scopes.brand is null then 0 else 8 end
        + case when scopes.store_key is null then 0 else 4 end
        + case when scopes.source_system is null then 0 else 2 end
        + case when scopes.country_code is null then 0 else 1 end as specificity
    from scopes
    inner join programmes on scopes.rule_version = programmes.rule_version

)

select * from final
