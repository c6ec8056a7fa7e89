{#- A warning: the event gave or took points of nobody known as a member, or of no redemption. -#}
{{ config(severity='warn') }}

select
    events.loyalty_event_key,
    events.event_type,
    events.programme_code
from {{ ref('int_loyalty_event__unify') }} as events
left join {{ ref('int_loyalty_event__resolve') }} as given
    on events.loyalty_event_key = given.loyalty_event_key
left join {{ ref('int_points_reversal__calculate') }} as reversals
    on events.loyalty_event_key = reversals.loyalty_event_key
where
    events.points <> 0
    and given.loyalty_event_key is null
    and reversals.loyalty_event_key is null
