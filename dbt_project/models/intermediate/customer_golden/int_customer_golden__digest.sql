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

-- What the election reads, but for the map: that a record is another customer's shows in the sums
-- of both. The digest of a statement stands for all that it says.
hashed as (

    select
        customer_record_key,
        {{ row_hash(['customer_record_key', 'attribute_group', 'valid_from', 'input_digest']) }}
            as input_hash
    from statements

    union all

    select
        customer_record_key,
        {{ row_hash(['customer_record_key', 'attribute_group', 'valid_from', 'delivered_date']) }}
            as input_hash
    from proofs

),

final as (

    select
        record_map.customer_id,
        {{ input_digest(sum_of_hashes('hashed.input_hash')) }} as input_digest
    from hashed
    inner join record_map
        on hashed.customer_record_key = record_map.customer_record_key
    group by record_map.customer_id

)

select * from final
