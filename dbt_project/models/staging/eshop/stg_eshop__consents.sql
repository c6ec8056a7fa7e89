with

source as (

    {{ landed('eshop', 'consents') }}

),

-- One moment may hold statements for several purposes; a source that knows none means marketing.
named as (

    select
        source_system,
        customer_id,
        consent_channel,
        coalesce(nullif(lower(trim(consent_purpose)), ''), {{ default_consent_purpose() }})
            as consent_purpose,
        is_granted,
        changed_at,
        _source_file,
        _source_row,
        _file_date,
        _file_modified_at,
        _known_at
    from source

),

newest as (

    {{ newest_version(
        'named', key=['customer_id', 'consent_channel', 'consent_purpose', 'changed_at']
    ) }}

),

final as (

    select
        source_system,
        customer_id,
        consent_channel,
        consent_purpose,
        is_granted,
        changed_at,
        _known_at as known_at
    from newest

)

select * from final
