with

landing_log as (

    select * from {{ ref('stg_lake__landing_log') }}

),

thresholds as (

    select * from {{ ref('source_freshness_threshold') }}

),

events as (

    {{ newest_events() }}

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
        sum(case when reading_number = 1 then rows_received else 0 end) as rows_received,
        sum(case when reading_number = 1 then rows_landed else 0 end) as rows_landed,
        sum(case when reading_number = 1 then rows_quarantined else 0 end) as rows_quarantined,
        sum(case when reading_number = 1 then rows_skipped else 0 end) as rows_skipped,
        sum(case when known_at = last_known_at then rows_received else 0 end)
            as last_load_rows_received,
        sum(case when known_at = last_known_at then rows_landed else 0 end)
            as last_load_rows_landed,
        sum(case when known_at = last_known_at then rows_quarantined else 0 end)
            as last_load_rows_quarantined,
        sum(case when known_at = last_known_at then rows_skipped else 0 end)
            as last_load_rows_skipped
    from readings
    group by source_kind, source_system, entity

),

-- A connector lands tables of its vendor; how fresh they must be is told by the entity they become.
translated as (

    select
        *,
        {{ contract_name('source_kind', 'entity', part=2) }} as contract_kind,
        {{ contract_name('source_kind', 'entity', part=3) }} as contract_entity
    from landed

),

compared as (

    select
        landed.*,
        events.newest_event_at,
        {{ business_date('events.newest_event_at') }} as newest_event_date,
        thresholds.stale_after_days
    from translated as landed
    left join events
        on
            landed.contract_kind = events.source_kind
            and landed.source_system = events.source_system
            and landed.contract_entity = events.entity
    left join thresholds
        on
            landed.contract_kind = thresholds.source_kind
            and landed.contract_entity = thresholds.entity

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
        cast(rows_received as bigint) as rows_received,
        cast(last_load_rows_received as bigint) as last_load_rows_received,
        cast(rows_landed as bigint) as rows_landed,
        cast(last_load_rows_landed as bigint) as last_load_rows_landed,
        cast(rows_quarantined as bigint) as rows_quarantined,
        cast(last_load_rows_quarantined as bigint) as last_load_rows_quarantined,
        cast(rows_skipped as bigint) as rows_skipped,
        cast(last_load_rows_skipped as bigint) as last_load_rows_skipped
    from compared

)

select * from final
