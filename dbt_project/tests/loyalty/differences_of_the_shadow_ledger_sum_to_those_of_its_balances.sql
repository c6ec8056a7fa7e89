with

causes as (

    select
        shadow_account_key,
        sum(points_difference) as points_difference
    from {{ ref('shadow_ledger_movement') }}
    group by shadow_account_key

),

final as (

    select
        accounts.shadow_account_key,
        accounts.points_difference,
        causes.points_difference as explained
    from {{ ref('shadow_ledger_difference') }} as accounts
    left join causes on accounts.shadow_account_key = causes.shadow_account_key
    where accounts.points_difference <> coalesce(causes.points_difference, 0)

)

select * from final
