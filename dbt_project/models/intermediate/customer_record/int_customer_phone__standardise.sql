{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_record__digest'), 'customer_record_key') }}",
) }}

with

changed as (

    {{ changed_keys(ref('int_customer_record__digest'), 'customer_record_key') | indent }}

),

records as (

    select
        unified.customer_record_key,
        changed.input_digest,
        unified.phone,
        unified.country_code,
        false as is_shop
    from {{ ref('int_customer_record__unify') }} as unified
    inner join changed
        on unified.customer_record_key = changed.customer_record_key
    where trim(unified.phone) <> ''

    union all

    -- What accounts and cards said before, for the history of their customers.
    select
        versions.customer_version_key as customer_record_key,
        changed.input_digest,
        versions.phone,
        versions.country_code,
        false as is_shop
    from {{ ref('int_customer_version__unify') }} as versions
    inner join changed
        on versions.customer_version_key = changed.customer_record_key
    where not versions.is_newest and trim(versions.phone) <> ''

    union all

    -- The shop's own numbers are read likewise: a customer record that carries one has none.
    select
        source_system || ' store ' || store_id as customer_record_key,
        cast(null as bigint) as input_digest,
        phone,
        country_code,
        true as is_shop
    from {{ ref('stg_pos__stores') }}
    where trim(phone) <> ''

),

plans as (

    select * from {{ ref('identity_calling_code') }}

),

main_plans as (

    select * from plans
    where is_main_country

),

placeholders as (

    select * from {{ ref('identity_placeholder') }}

),

written as (

    select
        customer_record_key,
        input_digest,
        phone,
        upper(trim(country_code)) as country_code,
        is_shop,
        {{ ascii_digits('trim(phone)') }} as written
    from records

),

dialled as (

    select
        *,
        {{ dialled_part('written') }} as dialled_text
    from written

),

digits as (

    select
        *,
        {{ dialled_digits('dialled_text') }} as digits,
        {{ has_plus('dialled_text') }} as has_plus,
        {{ is_dialable('dialled_text') }} as is_dialable
    from dialled

),

-- The digits from the calling code on: after a plus sign, or after what is dialled in the record's
-- country to call abroad. No calling code begins with 0. Where 00 is not dialled, a number that
-- begins with it and is none of the country comes from a place where it is.
international as (

    select
        digits.*,
        home.country_code as home_country_code,
        case
            when digits.has_plus and digits.digits not like '0%' then digits.digits
            when
                home.international_prefix <> ''
                and digits.digits like home.international_prefix || '%'
                and substring(digits.digits, length(home.international_prefix) + 1, 1) <> '0'
                then substring(digits.digits, length(home.international_prefix) + 1, 30)
            when
                home.international_pattern <> ''
                and regexp_extract(digits.digits, home.international_pattern, 0) <> ''
                and substring(
                    digits.digits,
                    length(regexp_extract(digits.digits, home.international_pattern, 0)) + 1, 1
                ) <> '0'
                then substring(
                        digits.digits,
                        length(regexp_extract(digits.digits, home.international_pattern, 0)) + 1, 30
                    )
            when
                digits.digits like '00%'
                and substring(digits.digits, 3, 1) <> '0'
                and (
                    home.country_code is null
                    or coalesce(home.international_prefix, '') <> '00'
                    and length(digits.digits) > home.min_digits
                    and {{ without_trunk('digits.digits', 'home') }}
                    <> regexp_extract(
                        {{ without_trunk('digits.digits', 'home') }}, home.national_pattern, 0
                    )
                )
                then substring(digits.digits, 3, 30)
        end as international_digits
    from digits
    left join plans as home
        on digits.country_code = home.country_code

),

-- Calling codes are free of prefixes: at most one of the three lengths fits.
coded as (

    select
        international.*,
        coalesce(one.country_code, two.country_code, three.country_code) as coded_country_code,
        substring(
            international.international_digits,
            length(coalesce(one.calling_code, two.calling_code, three.calling_code)) + 1, 30
        ) as coded_digits
    from international
    left join main_plans as one
        on substring(international.international_digits, 1, 1) = one.calling_code
    left join main_plans as two
        on substring(international.international_digits, 1, 2) = two.calling_code
    left join main_plans as three
        on substring(international.international_digits, 1, 3) = three.calling_code

),

-- A number without a calling code is read in the country of its record. One that begins with the
-- country's own code, and is whole only without it, has lost its plus sign.
at_home as (

    select
        coded.*,
        coded.digits like home.calling_code || '%'
        and length(coded.digits) > home.max_digits as is_too_long,
        case
            when coded.digits like home.calling_code || '%'
                then substring(coded.digits, length(home.calling_code) + 1, 30)
        end as digits_after_own_code
    from coded
    left join plans as home
        on
            coded.home_country_code = home.country_code
            and coded.international_digits is null

),

without_own_code as (

    select
        at_home.*,
        case
            when at_home.digits_after_own_code is not null
                then {{ without_trunk('at_home.digits_after_own_code', 'home') }}
        end as digits_without_own_code
    from at_home
    left join plans as home
        on
            at_home.home_country_code = home.country_code
            and at_home.digits_after_own_code is not null

),

read_in_plan as (

    select
        without_own_code.*,
        coalesce(
            without_own_code.coded_country_code,
            case when without_own_code.international_digits is null then home.country_code end
        ) as plan_country_code,
        case
            when without_own_code.international_digits is not null
                then without_own_code.coded_digits
            when without_own_code.digits_without_own_code is null then without_own_code.digits
            when without_own_code.is_too_long then without_own_code.digits_without_own_code
            when
                not {{ is_national_number('without_own_code.digits', 'home') }}
                and {{ is_national_number('without_own_code.digits_without_own_code', 'home') }}
                then without_own_code.digits_without_own_code
            else without_own_code.digits
        end as plan_digits
    from without_own_code
    left join plans as home
        on without_own_code.home_country_code = home.country_code

),

stripped as (

    select
        read_in_plan.*,
        plan.calling_code,
        {{ without_trunk('read_in_plan.plan_digits', 'plan') }} as stripped_digits
    from read_in_plan
    left join plans as plan
        on read_in_plan.plan_country_code = plan.country_code

),

national as (

    select
        stripped.*,
        case
            when
                {{ has_national_length('stripped.stripped_digits', 'plan') }}
                or length(stripped.stripped_digits) > plan.max_digits
                then stripped.stripped_digits
            else stripped.plan_digits
        end as national_digits,
        main_plans.national_lengths
    from stripped
    left join plans as plan
        on stripped.plan_country_code = plan.country_code
    left join main_plans
        on stripped.calling_code = main_plans.calling_code

),

numbered as (

    select
        national.*,
        case
            when
                national.is_dialable
                and {{ has_national_length('national.national_digits', 'national') }}
                then '+' || national.calling_code || national.national_digits
        end as e164
    from national

),

blocked as (

    select
        numbered.customer_record_key,
        min(placeholders.reason) as reason
    from numbered
    inner join placeholders
        on
            placeholders.placeholder_kind = 'phone_part'
            and numbered.digits like '%' || placeholders.value || '%'
    group by numbered.customer_record_key

),

blocked_number as (

    select
        value,
        reason
    from placeholders
    where placeholder_kind = 'phone'

),

shop_number as (

    select distinct e164
    from numbered
    where is_shop and e164 is not null

),

judged as (

    select
        numbered.*,
        case
            when coalesce(blocked.reason, blocked_number.reason) is not null
                then 'placeholder: ' || coalesce(blocked.reason, blocked_number.reason)
            when shop_number.e164 is not null then 'shop-owned: the number of a store'
            when numbered.e164 is not null then cast(null as string)
            when numbered.international_digits is null and numbered.home_country_code is null
                then 'national number of an unknown country'
            else 'not a phone number of a known country'
        end as dropped_reason
    from numbered
    left join blocked
        on numbered.customer_record_key = blocked.customer_record_key
    left join blocked_number
        on numbered.e164 = blocked_number.value
    left join shop_number
        on numbered.e164 = shop_number.e164
    where not numbered.is_shop

),

final as (

    select
        customer_record_key,
        case when dropped_reason is not null then phone end as raw_value,
        case when dropped_reason is null then e164 end as phone,
        dropped_reason,
        input_digest
    from judged

)

select * from final
