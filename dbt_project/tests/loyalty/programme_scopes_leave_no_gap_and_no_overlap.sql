-- Each row names the versions, the conditions and what to do.
with

programmes as (

    select
        *,
        lead(valid_from) over (partition by programme_code order by valid_from) as valid_to
    from {{ ref('loyalty_programme') }}

),

scopes as (

    select
        scope_rows.rule_version,
        programmes.programme_code,
        programmes.valid_from,
        programmes.valid_to,
        coalesce(scope_rows.source_system, '') || '|' || coalesce(scope_rows.store_key, '')
        || '|' || coalesce(scope_rows.country_code, '') || '|' || coalesce(scope_rows.brand, '')
            as conditions,
        row_number() over (
            order by
                scope_rows.rule_version,
                scope_rows.source_system,
                scope_rows.store_key,
                scope_rows.country_code,
                scope_rows.brand
        ) as scope_number
    from {{ ref('loyalty_scope') }} as scope_rows
    left join programmes on scope_rows.rule_version = programmes.rule_version

),

final as (

    select
        programmes.rule_version,
        cast(null as string) as conditions,
        'nothing belongs to the version: add a row to loyalty_scope' as remedy
    from programmes
    left join scopes on programmes.rule_version = scopes.rule_version
    where scopes.rule_version is null

    union all

    select
        rule_version,
        conditions,
        'no such version in loyalty_programme: correct the name' as remedy
    from scopes
    where programme_code is null

    union all

    select
        scopes.rule_version,
        scopes.conditions,
        'the same conditions stand in ' || others.rule_version
        || ', which is in force at the same time: remove one' as remedy
    from scopes
    inner join scopes as others
        on
            scopes.conditions = others.conditions
            and scopes.scope_number < others.scope_number
            and coalesce(scopes.valid_to > others.valid_from, true)
            and coalesce(scopes.valid_from < others.valid_to, true)

)

select * from final
