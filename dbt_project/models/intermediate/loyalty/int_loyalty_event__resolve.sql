-- The events that give or take points, of members and in force. A reversal speaks of a redemption
-- and is reckoned with it.
with

events as (

    select * from {{ ref('int_loyalty_event__unify') }}

),

customer_record_map as (

    select * from {{ ref('customer_record_map') }}

),

scopes as (

    select * from {{ ref('int_loyalty_scope__arrange') }}
    where
        brand is null
        and store_key is null
        and country_code is null

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

-- An event that names no programme is of the one that its source system is in.
placed as (

    select
        events.loyalty_event_key,
        coalesce(events.programme_code, scopes.programme_code) as programme_code,
        row_number() over (
            partition by events.loyalty_event_key
            order by scopes.specificity desc
        ) as preference
    from events
    left join scopes
        on
            (scopes.source_system is null or events.source_system = scopes.source_system)
            and events.event_date >= scopes.valid_from
            and (scopes.valid_to is null or events.event_date < scopes.valid_to)

),

final as (

    select
        events.loyalty_event_key,
        members.member_number,
        members.programme_code,
        programmes.rule_version,
        events.event_type,
        events.points,
        events.reason,
        events.counts_for_tier,
        events.occurred_at,
        events.event_date,
        case
            when events.expires_on is not null then greatest(events.expires_on, events.event_date)
        end as last_date
    from events
    inner join placed
        on
            events.loyalty_event_key = placed.loyalty_event_key
            and placed.preference = 1
    inner join customer_record_map
        on events.customer_record_key = customer_record_map.customer_record_key
    inner join members
        on
            customer_record_map.customer_id = members.customer_id
            and placed.programme_code = members.programme_code
            and events.event_date >= members.member_since
    inner join programmes
        on
            placed.programme_code = programmes.programme_code
            and events.event_date >= programmes.valid_from
            and (programmes.valid_to is null or events.event_date < programmes.valid_to)
    where
        events.event_type in ('adjust', 'bonus', 'referral')
        and events.points <> 0
        and (events.points > 0 or events.event_type = 'adjust')

)

select * from final
