with

versions as (

    select * from {{ ref('int_customer_version__describe') }}

),

{%- set described = [
    'customer_version_key', 'customer_record_key', 'source_system', 'record_type', 'stated_at', 'valid_from', 'valid_to',
    'canonical_email', 'is_email_verified', 'is_phone_verified', 'is_identity_checked',
] %}
{%- for spec in golden_groups().values() %}
{%- do described.extend(spec.attributes) %}
{%- endfor %}

final as (

    select
        customer_record_key,
        {{ input_digest(sum_of_hashes(row_hash(described))) }} as input_digest
    from versions
    group by customer_record_key

)

select * from final
