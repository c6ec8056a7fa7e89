-- A statement without a rank would lose against all others without anybody having said so.
with

golden as (

    select distinct
        record_type,
        attribute_group,
        evidence
    from {{ ref('int_customer_golden__elect') }}

),

stated as (

    select distinct
        record_type,
        attribute_group,
        case when is_verified then 'verified' else 'stated' end as evidence
    from {{ ref('int_customer_golden__gather') }}

    union distinct

    select
        record_type,
        attribute_group,
        evidence
    from golden

),

final as (

    select stated.*
    from stated
    left join {{ ref('identity_source_trust') }} as trust
        on
            stated.record_type = trust.record_type
            and stated.attribute_group = trust.attribute_group
            and stated.evidence = trust.evidence
    where trust.trust_rank is null

)

select * from final
