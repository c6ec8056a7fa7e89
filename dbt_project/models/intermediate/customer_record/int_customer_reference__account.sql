with

customers as (

    select * from {{ ref('stg_eshop__customers') }}

),

orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

-- An account that only orders name is one as well, as in int_customer_record__unify.
named as (

    select
        source_system,
        customer_id,
        country_code,
        {{ business_date('created_at') }} as named_date
    from customers

    union all

    select
        source_system,
        customer_id,
        cast(null as string) as country_code,
        {{ business_date('ordered_at') }} as named_date
    from orders
    where {{ is_given('customer_id') }}

),

accounts as (

    select
        source_system,
        customer_id,
        min(country_code) as country_code
    from named
    where named_date <= {{ as_of_date() }}
    group by source_system, customer_id

),

-- A help desk knows an account by its id only. An id that two shops use points to neither.
final as (

    select
        customer_id as account_id,
        min({{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }})
            as customer_record_key,
        min(country_code) as country_code
    from accounts
    group by customer_id
    having count(*) = 1

)

select * from final
