with

decisions as (

    select * from {{ ref('int_customer_link__decide') }}

),

records as (

    select * from {{ ref('int_customer_record__unify') }}

)

select
    decisions.decision,
    decisions.row_text,
    'no customer record has the source system, record type and source id of '
    || case
        when records_a.customer_record_key is null and records_b.customer_record_key is null
            then 'either side'
        else 'one side'
    end as problem,
    'correct the row in seeds/rules/identity_' || decisions.decision
    || '.csv, or take it out; customer.customer_record_map lists systems and record types' as remedy
from decisions
left join records as records_a
    on decisions.record_key_a = records_a.customer_record_key
left join records as records_b
    on decisions.record_key_b = records_b.customer_record_key
where records_a.customer_record_key is null or records_b.customer_record_key is null
