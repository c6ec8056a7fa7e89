with

source as (

    {{ landed('eshop', 'consents') }}

),

newest as (

    {{ newest_version('source', key=['customer_id', 'consent_channel', 'changed_at']) }}

),

final as (

    select
        source_system,
        customer_id,
        consent_channel,
        is_granted,
        changed_at,
        _known_at as known_at
    from newest

)

select * from final
