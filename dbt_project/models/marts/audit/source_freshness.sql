{%- set clocks = {
    'eshop': {
        'customers': ['updated_at', 'created_at'],
        'products': ['updated_at', 'created_at'],
        'orders': ['updated_at', 'ordered_at'],
        'order_lines': ['order_updated_at'],
        'payments': ['updated_at', 'paid_at'],
        'discounts': ['updated_at'],
        'refunds': ['updated_at', 'refunded_at'],
        'refund_lines': ['refund_updated_at'],
        'shipments': ['updated_at', 'shipped_at'],
        'consents': ['changed_at'],
    },
    'pos': {
        'stores': ['updated_at'],
        'loyalty_cards': ['updated_at', 'registered_at'],
        'sales': ['updated_at', 'sold_at'],
        'sale_lines': ['sale_updated_at'],
        'payments': ['updated_at', 'paid_at'],
        'returns': ['updated_at', 'returned_at'],
    },
    'survey': {
        'surveys': ['updated_at', 'created_at'],
        'questions': ['updated_at'],
        'invites': ['updated_at', 'sent_at'],
        'responses': ['updated_at', 'submitted_at'],
        'answers': ['response_updated_at'],
        'reviews': ['updated_at', 'published_at'],
    },
} -%}
with

landing_log as (

    select * from {{ ref('stg_lake__landing_log') }}

),

thresholds as (

    select * from {{ ref('source_freshness_threshold') }}

),

events as (
    {% for kind, entities in clocks.items() %}
    {%- set last_kind = loop.last %}
    {%- for entity, columns in entities.items() %}
    {%- set instant = 'coalesce(' ~ columns | join(', ') ~ ')' if columns | length > 1 else columns[0] %}
    select
        '{{ kind }}' as source_kind,
        source_system,
        '{{ entity }}' as entity,
        max({{ instant }}) as newest_event_at
    from {{ ref('stg_' ~ kind ~ '__' ~ entity) }}
    where {{ instant }} < {{ as_of_end() }}
    group by source_system
    {%- if not (loop.last and last_kind) %}

    union all
    {% endif %}
    {%- endfor %}
    {%- endfor %}

),

-- A file that was read again counts once, as it was read last.
readings as (

    select
        *,
        row_number() over (
            partition by source_kind, source_system, entity, source_file
            order by known_at desc, load_id desc
        ) as reading_number,
        max(known_at) over (partition by source_kind, source_system, entity) as last_known_at
    from landing_log

),

landed as (

    select
        source_kind,
        source_system,
        entity,
        max(known_at) as last_known_at,
        sum(case when reading_number = 1 and file_status = 'landed' then 1 else 0 end)
            as files_landed,
        sum(case when reading_number = 1 and file_status = 'refused' then 1 else 0 end)
            as files_refused,
        {%- for measure in ['received', 'landed', 'quarantined', 'skipped'] %}
        sum(case when reading_number = 1 then rows_{{ measure }} else 0 end) as rows_{{ measure }},
        sum(case when known_at = last_known_at then rows_{{ measure }} else 0 end)
            as last_load_rows_{{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from readings
    group by source_kind, source_system, entity

),

compared as (

    select
        landed.*,
        events.newest_event_at,
        {{ business_date('events.newest_event_at') }} as newest_event_date,
        thresholds.stale_after_days
    from landed
    left join events
        on
            landed.source_kind = events.source_kind
            and landed.source_system = events.source_system
            and landed.entity = events.entity
    left join thresholds
        on
            landed.source_kind = thresholds.source_kind
            and landed.entity = thresholds.entity

),

final as (

    select
        source_kind,
        source_system,
        entity,
        newest_event_at,
        newest_event_date,
        cast({{ day_difference('newest_event_date', as_of_date()) }} as integer) as days_behind,
        stale_after_days,
        case
            when stale_after_days is null then false
            when newest_event_date is null then true
            else {{ day_difference('newest_event_date', as_of_date()) }} > stale_after_days
        end as is_stale,
        last_known_at,
        cast(files_landed as bigint) as files_landed,
        cast(files_refused as bigint) as files_refused,
        {%- for measure in ['received', 'landed', 'quarantined', 'skipped'] %}
        cast(rows_{{ measure }} as bigint) as rows_{{ measure }},
        cast(last_load_rows_{{ measure }} as bigint) as last_load_rows_{{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared

)

select * from final
