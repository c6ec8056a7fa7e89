with

statements as (

    select * from {{ ref('int_customer_golden__gather') }}

),

proofs as (

    select * from {{ ref('int_customer_golden__prove') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

{%- set statement = [
    'customer_record_key', 'source_system', 'record_type', 'attribute_group', 'value_text', 'same_value', 'is_complete',
    'is_verified', 'customer_version_key', 'stated_at', 'valid_from', 'valid_to',
] %}
{%- set proof = ['customer_record_key', 'attribute_group', 'valid_from', 'delivered_date'] %}

-- What the election reads, but for the map: that a record is another customer's shows in the sums
-- of both.
hashed as (

    select
        customer_record_key,
        {{ row_hash(statement) }} as input_hash
    from statements

    union all

    select
        customer_record_key,
        {{ row_hash(proof) }} as input_hash
    from proofs

),

summed as (

    select
        customer_record_key,
        {{ sum_of_hashes('input_hash') }} as input_hash
    from hashed
    group by customer_record_key

),

final as (

    select
        record_map.customer_id,
        {{ input_digest(sum_of_hashes('summed.input_hash')) }} as input_digest
    from summed
    inner join record_map
        on summed.customer_record_key = record_map.customer_record_key
    group by record_map.customer_id

)

select * from final
