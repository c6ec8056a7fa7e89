with

engagements as (

    select * from {{ ref('program_engagement') }}
    where is_sleeping

),

rules as (

    select * from {{ ref('audience') }}
    where audience_code = 'sleeping_member'

),

-- A member of several programmes is one person with one letter box.
members as (

    select
        customer_id,
        sum(points_active) as points_active,
        min(days_since_last_order) as days_since_last_order,
        min(member_since) as member_since
    from engagements
    where customer_id is not null
    group by customer_id

),

final as (

    select
        'sleeping_member' as audience_code,
        members.customer_id,
        cast(null as string) as order_key,
        cast(null as string) as product_key,
        'Member since ' || cast(members.member_since as string) || ', no order for '
        || cast(members.days_since_last_order as string) || ' days, '
        || cast(cast(members.points_active as bigint) as string) || ' points to spend.' as reason
    from members
    cross join rules
    where members.days_since_last_order between rules.from_days and rules.to_days

)

select * from final
