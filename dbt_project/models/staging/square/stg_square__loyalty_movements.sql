{#- Making a reward takes the points, deleting it gives them back; handing it in moves none. -#}
{%- set fields = {
    'id': '$.id',
    'event_type': '$.type',
    'account': '$.loyalty_account_id',
    'created': '$.created_at',
    'earned': '$.accumulate_points.points',
    'earning_order': '$.accumulate_points.order_id',
    'promoted': '$.accumulate_promotion_points.points',
    'promoted_order': '$.accumulate_promotion_points.order_id',
    'spent': '$.create_reward.points',
    'given_back': '$.delete_reward.points',
    'adjusted': '$.adjust_points.points',
    'expired': '$.expire_points.points',
    'other': '$.other_event.points',
} -%}
with

source as (

    select * from {{ source('square', 'loyalty_events') }}

),

accounts as (

    select * from {{ source('square', 'loyalty_accounts') }}

),

newest_accounts as (

    {{ newest_records('accounts') }}

),

members as (

    {{ json_fields(
        'newest_accounts', 'record', {'customer': '$.customer_id'}, ['source_system', 'record_id']
    ) }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

sized as (

    select
        *,
        coalesce(
            earned, promoted, spent, given_back, adjusted, expired, other
        ) as points
    from parsed

),

joined as (

    select
        sized.*,
        sized.record_id as row_id,
        sized.record as payload,
        coalesce(members.customer, 'account-' || sized.account) as card,
        coalesce(sized.earning_order, sized.promoted_order) as order_id,
        case sized.event_type
            when 'ACCUMULATE_POINTS' then 'earn'
            when 'ACCUMULATE_PROMOTION_POINTS' then 'earn'
            when 'CREATE_REWARD' then 'redeem'
            when 'DELETE_REWARD' then 'redeem_reversal'
            when 'EXPIRE_POINTS' then 'expire'
            when 'ADJUST_POINTS' then 'adjust'
            when 'OTHER' then 'adjust'
            else sized.event_type
        end as known_type,
        -- What takes points is negative, whichever sign it comes with.
        case
            when sized.event_type in ('CREATE_REWARD', 'EXPIRE_POINTS')
                then -abs(try_cast(sized.points as bigint))
            else try_cast(sized.points as bigint)
        end as points_moved
    from sized
    left join members
        on
            sized.source_system = members.source_system
            and sized.account = members.record_id
    where sized.event_type is null or sized.event_type <> 'REDEEM_REWARD'

),

{%- set mapping = {
    'movement_id': 'id',
    'card_number': 'card',
    'movement_type': 'known_type',
    'points': '(points_moved)',
    'order_id': 'order_id',
    'occurred_at': 'created',
    'updated_at': 'created',
} %}

judged as (

    {{ to_contract('joined', 'pos', 'loyalty_movements', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
