with

records as (

    select
        customer_record_key,
        phone,
        upper(country_code) as country_code,
        {{ keep_characters('phone', '0123456789') }} as digits,
        trim(phone) like '+%' or trim(phone) like '(+%' as has_plus
    from {{ ref('int_customer_record__unify') }}
    where trim(phone) <> ''

),

calling_codes as (

    select * from {{ ref('identity_calling_code') }}

),

placeholders as (

    select * from {{ ref('identity_placeholder') }}

),

international as (

    select
        *,
        case
            when has_plus then digits
            when digits like '00%' then substring(digits, 3, 30)
        end as international_digits
    from records

),

-- One reading per calling code that the digits can begin with; a trunk prefix that was kept behind
-- the calling code, as in +44 (0)20, is taken away.
read_with_code as (

    select
        international.customer_record_key,
        calling_codes.calling_code,
        calling_codes.country_code = international.country_code as is_own_country,
        calling_codes.min_digits,
        calling_codes.max_digits,
        {{ without_prefix(
            'substring(international.international_digits, length(calling_codes.calling_code) + 1, 30)',
            'calling_codes.trunk_prefix'
        ) }} as national_digits
    from international
    inner join calling_codes
        on international.international_digits like calling_codes.calling_code || '%'

),

-- A number without an international prefix is read in the country of its record; when it does not
-- fit there but begins with the country's own code, the plus sign was lost.
read_at_home as (

    select
        international.customer_record_key,
        calling_codes.calling_code,
        calling_codes.min_digits,
        calling_codes.max_digits,
        {{ without_prefix('international.digits', 'calling_codes.trunk_prefix') }}
            as national_digits,
        case
            when international.digits like calling_codes.calling_code || '%'
                then {{ without_prefix(
                    'substring(international.digits, length(calling_codes.calling_code) + 1, 30)',
                    'calling_codes.trunk_prefix'
                ) }}
        end as national_digits_without_plus
    from international
    inner join calling_codes
        on international.country_code = calling_codes.country_code
    where international.international_digits is null

),

readings as (

    select
        customer_record_key,
        calling_code,
        national_digits,
        case when is_own_country then 1 else 2 end as preference
    from read_with_code
    where length(national_digits) between min_digits and max_digits

    union all

    select
        customer_record_key,
        calling_code,
        national_digits,
        3 as preference
    from read_at_home
    where length(national_digits) between min_digits and max_digits

    union all

    select
        customer_record_key,
        calling_code,
        national_digits_without_plus as national_digits,
        4 as preference
    from read_at_home
    where length(national_digits_without_plus) between min_digits and max_digits

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_record_key
            order by preference asc, length(calling_code) desc, calling_code asc
        ) as reading
    from readings

),

blocked as (

    select
        international.customer_record_key,
        min(placeholders.reason) as reason
    from international
    inner join placeholders
        on
            placeholders.placeholder_kind = 'phone_part'
            and international.digits like '%' || placeholders.value || '%'
    group by international.customer_record_key

),

blocked_number as (

    select
        value,
        reason
    from placeholders
    where placeholder_kind = 'phone'

),

judged as (

    select
        international.*,
        '+' || ranked.calling_code || ranked.national_digits as e164,
        case
            when coalesce(blocked.reason, blocked_number.reason) is not null
                then 'placeholder: ' || coalesce(blocked.reason, blocked_number.reason)
            when ranked.customer_record_key is not null then cast(null as string)
            when international.international_digits is null and international.country_code is null
                then 'national number of an unknown country'
            else 'not a phone number of a known country'
        end as dropped_reason
    from international
    left join ranked
        on
            international.customer_record_key = ranked.customer_record_key
            and ranked.reading = 1
    left join blocked
        on international.customer_record_key = blocked.customer_record_key
    left join blocked_number
        on '+' || ranked.calling_code || ranked.national_digits = blocked_number.value

),

final as (

    select
        customer_record_key,
        phone as raw_value,
        case when dropped_reason is null then e164 end as phone,
        dropped_reason
    from judged

)

select * from final
