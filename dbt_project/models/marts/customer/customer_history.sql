with

record_map as (

    select * from {{ ref('customer_record_map') }}

),

versions as (

    select * from {{ ref('int_customer_version__unify') }}

),

golden as (

    select * from {{ ref('customer_golden_attribute') }}
    where attribute in ('country_code', 'language_code')

),

consents as (

    select * from {{ ref('customer_consent') }}
    where consent_purpose = {{ default_consent_purpose() }}

),

members as (

    select
        customer_id,
        min(member_since) as member_since_date
    from {{ ref('int_loyalty_member__resolve') }}
    group by customer_id

),

ends as (

    select
        customer_record_key,
        case when count(valid_to) = count(*) then max(valid_to) end as valid_to
    from versions
    group by customer_record_key

),

lives as (

    select
        record_map.customer_id,
        record_map.record_type,
        record_map.first_seen_date as valid_from,
        case
            when ends.customer_record_key is not null then ends.valid_to
            when record_map.is_deleted then record_map.first_seen_date
        end as valid_to
    from record_map
    left join ends
        on record_map.customer_record_key = ends.customer_record_key

),

customers as (

    select
        customer_id,
        min(valid_from) as first_seen_date
    from lives
    group by customer_id

),

{%- set dated = ['lives', 'golden', 'consents'] %}

changes as (
    {% for relation in dated %}
    select
        customer_id,
        valid_from as change_date
    from {{ relation }}

    union distinct

    select
        customer_id,
        valid_to as change_date
    from {{ relation }}
    where valid_to is not null

    union distinct
    {% endfor %}
    select
        customer_id,
        member_since_date as change_date
    from members

),

periods as (

    select
        changes.customer_id,
        changes.change_date as period_from,
        lead(changes.change_date) over (
            partition by changes.customer_id order by changes.change_date
        ) as period_to
    from changes
    inner join customers
        on
            changes.customer_id = customers.customer_id
            and changes.change_date >= customers.first_seen_date

),

living as (

    select
        periods.customer_id,
        periods.period_from,
        count(*) as record_count,
        max(case when lives.record_type in ('eshop_account', 'eshop_guest') then 1 else 0 end) = 1
            as has_online,
        max(case when lives.record_type = 'loyalty_card' then 1 else 0 end) = 1 as has_store,
        max(
            case when lives.record_type in ('survey_respondent', 'review_author') then 1 else 0 end
        ) = 1 as has_feedback
    from periods
    inner join lives
        on
            periods.customer_id = lives.customer_id
            and periods.period_from >= lives.valid_from
            and (lives.valid_to is null or periods.period_from < lives.valid_to)
    group by periods.customer_id, periods.period_from

),

{%- set channels = ['email', 'sms', 'phone', 'post', 'push'] %}

permitted as (

    select
        periods.customer_id,
        {%- for channel in channels %}
        max(case when consents.consent_channel = '{{ channel }}' then 1 else 0 end) = 1
            as may_{{ channel }},
        {%- endfor %}
        periods.period_from
    from periods
    inner join consents
        on
            periods.customer_id = consents.customer_id
            and periods.period_from >= consents.valid_from
            and (consents.valid_to is null or periods.period_from < consents.valid_to)
    where consents.is_granted
    group by periods.customer_id, periods.period_from

),

described as (

    select
        periods.customer_id,
        countries.attribute_value as country_code,
        languages.attribute_value as language_code,
        coalesce(members.member_since_date <= periods.period_from, false) as is_member,
        coalesce(living.has_online, false) as has_online,
        coalesce(living.has_store, false) as has_store,
        coalesce(living.has_feedback, false) as has_feedback,
        {%- for channel in channels %}
        coalesce(permitted.may_{{ channel }}, false) as may_{{ channel }},
        {%- endfor %}
        coalesce(living.record_count, 0) as record_count,
        periods.period_from,
        periods.period_to
    from periods
    left join golden as countries
        on
            periods.customer_id = countries.customer_id
            and countries.attribute = 'country_code'
            and periods.period_from >= countries.valid_from
            and (countries.valid_to is null or periods.period_from < countries.valid_to)
    left join golden as languages
        on
            periods.customer_id = languages.customer_id
            and languages.attribute = 'language_code'
            and periods.period_from >= languages.valid_from
            and (languages.valid_to is null or periods.period_from < languages.valid_to)
    left join members
        on periods.customer_id = members.customer_id
    left join living
        on
            periods.customer_id = living.customer_id
            and periods.period_from = living.period_from
    left join permitted
        on
            periods.customer_id = permitted.customer_id
            and periods.period_from = permitted.period_from

),

{%- set attributes = [
    'country_code', 'language_code', 'is_member', 'has_online', 'has_store', 'has_feedback', 'may_email', 'may_sms',
    'may_phone', 'may_post', 'may_push', 'record_count',
] %}

summed_up as (

    select
        *,
        {{ golden_text(attributes, cast_to=dbt.type_string()) }} as state_text
    from described

),

marked as (

    select
        *,
        case
            when lag(state_text) over (partition by customer_id order by period_from) = state_text
                then 0
            else 1
        end as is_start
    from summed_up

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by customer_id
            order by period_from
            rows between unbounded preceding and current row
        ) as interval_number
    from marked

),

final as (

    select
        customer_id,
        {%- for attribute in attributes %}
        {{ attribute }},
        {%- endfor %}
        count(period_to) < count(*) as is_current,
        min(period_from) as valid_from,
        case when count(period_to) = count(*) then max(period_to) end as valid_to
    from numbered
    group by
        customer_id,
        {%- for attribute in attributes %}
        {{ attribute }},
        {%- endfor %}
        interval_number

)

select * from final
