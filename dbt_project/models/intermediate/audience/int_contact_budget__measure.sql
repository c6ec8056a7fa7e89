with

customers as (

    select * from {{ ref('dim_customer') }}

),

contacts as (

    select * from {{ ref('int_contact_event__unify') }}

),

budgets as (

    select * from {{ ref('contact_budget') }}

),

limits as (

    select
        max(case when window_days = 7 then max_contacts end) as max_7,
        max(case when window_days = 30 then max_contacts end) as max_30
    from budgets

),

-- The next contact is on the morning after the as-of date, and its day is the last of each window.
counted as (

    select
        customer_id,
        sum(
            case when contact_date > {{ add_days(as_of_date(), '-6') }} then 1 else 0 end
        ) as contacts_7_days,
        sum(
            case when contact_date > {{ add_days(as_of_date(), '-29') }} then 1 else 0 end
        ) as contacts_30_days,
        max(contact_date) as last_contact_date,
        max(
            case
                when contact_cause in ('survey_invite', 'survey', 'review_request')
                    then contact_date
            end
        ) as last_asked_date
    from contacts
    group by customer_id

),

final as (

    select
        customers.customer_id,
        cast(coalesce(counted.contacts_7_days, 0) as bigint) as contacts_7_days,
        cast(coalesce(counted.contacts_30_days, 0) as bigint) as contacts_30_days,
        cast(
            greatest(
                least(
                    limits.max_7 - coalesce(counted.contacts_7_days, 0),
                    limits.max_30 - coalesce(counted.contacts_30_days, 0)
                ),
                0
            ) as bigint
        ) as budget_left,
        counted.last_contact_date,
        counted.last_asked_date
    from customers
    cross join limits
    left join counted
        on customers.customer_id = counted.customer_id
    where not customers.is_deleted

)

select * from final
