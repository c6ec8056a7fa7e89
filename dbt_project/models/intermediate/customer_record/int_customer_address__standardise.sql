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
        upper(trim(unified.country_code)) as country_code,
        unified.street,
        unified.house_number,
        unified.postcode,
        unified.city,
        false as is_shop
    from {{ ref('int_customer_record__unify') }} as unified
    inner join changed
        on unified.customer_record_key = changed.customer_record_key
    where
        {{ is_given('unified.street') }}
        or {{ is_given('unified.postcode') }}
        or {{ is_given('unified.city') }}

    union all

    -- The shop's own addresses are read likewise: nobody lives there.
    select
        source_system || ' store ' || store_id as customer_record_key,
        cast(null as bigint) as input_digest,
        upper(trim(country_code)) as country_code,
        street,
        cast(null as string) as house_number,
        postcode,
        city,
        true as is_shop
    from {{ ref('stg_pos__stores') }}
    where {{ is_given('street') }} and {{ is_given('postcode') }}

),

placeholders as (

    select * from {{ ref('identity_placeholder') }}

),

countries as (

    select * from {{ ref('identity_country') }}

),

street_words as (

    select * from {{ ref('identity_street_word') }}

),

cities as (

    select
        city,
        min(canonical_city) as canonical_city
    from {{ ref('identity_city_name') }}
    group by city

),

located as (

    select
        records.*,
        trim(
            coalesce(records.street, '') || ' ' || coalesce(records.house_number, '')
            || ', ' || coalesce(records.postcode, '') || ' ' || coalesce(records.city, '')
        ) as raw_value,
        coalesce(countries.language_code, '') as language_code,
        coalesce(countries.is_house_number_first, true) as is_house_number_first,
        coalesce(countries.postcode_digits, 0) as postcode_digits
    from records
    left join countries
        on records.country_code = countries.country_code

),

-- Many live in one street and one city: every spelling is folded and keyed once.
streets as (

    select distinct
        language_code,
        is_house_number_first,
        street as street_text
    from located
    where street <> ''

),

city_texts as (

    select distinct
        language_code,
        city as city_text
    from located
    where city <> ''

),

folded as (

    select
        *,
        case
            when language_code = 'el'
                then {{ fold_text(fold_greeklish_words("replace(lower(street_text), '.', ' ')")) }}
            else {{ fold_text("replace(street_text, '.', ' ')") }}
        end as street
    from streets

),

-- What lies inside a building (block, staircase, floor, flat) is written by some and left out by
-- most: the address ends at the house number.
housed as (

    select
        *,
        {{ replace_pattern(
            replace_pattern('street', '^(flat|apt|apartment|unit) [0-9]+[a-z]? ', ''),
            ' (bl|bloc|sc|scara|ap|apt|et|etaj|lgh|flat|em|emelet|fsz|floor|orofos)( .*)?$', ''
        ) }}
            as building
    from folded

),

numbered as (

    select
        *,
        case
            when regexp_extract(building, ' (nr|no|ar|hsz) ([0-9]+)', 2) <> ''
                then regexp_extract(building, ' (nr|no|ar|hsz) ([0-9]+)', 2)
            when regexp_extract(building, ' ([0-9]+)( ?[a-z])?( [0-9]+( ?[a-z])?)*$', 1) <> ''
                then regexp_extract(building, ' ([0-9]+)( ?[a-z])?( [0-9]+( ?[a-z])?)*$', 1)
            when is_house_number_first
                then regexp_extract(building, '^([0-9]+)[a-z]? ', 1)
        end as house_digits,
        {{ replace_pattern(
            replace_pattern(
                replace_pattern('building', ' (nr|no|ar|hsz) [0-9]+.*$', ''),
                ' ([0-9]+)( ?[a-z])?( [0-9]+( ?[a-z])?)*$', ''
            ),
            '^[0-9]+[a-z]? ([0-9]+[a-z]? )?', ''
        ) }}
            as street_name
    from housed

),

{%- set positions = range(1, 6) %}

worded as (

    select
        numbered.language_code,
        numbered.is_house_number_first,
        numbered.street_text,
        numbered.street as street_written,
        numbered.house_digits,
        trim(
            {%- for position in positions %}
            {{ '|| ' if not loop.first }}case
                when word_{{ position }}.word is not null
                    then coalesce(' ' || word_{{ position }}.canonical_word, '')
                else ' ' || split_part(numbered.street_name, ' ', {{ position }})
            end
            {%- endfor %}
        ) as street
    from numbered
    {%- for position in positions %}
    left join street_words as word_{{ position }}
        on
            numbered.language_code = word_{{ position }}.language_code
            and split_part(numbered.street_name, ' ', {{ position }}) = word_{{ position }}.word
    {%- endfor %}

),

spelt as (

    select
        *,
        {{ merge_spellings("replace(street, ' ', '')", 'language_code') }} as street_spelling
    from worded

),

street_keyed as (

    select
        *,
        nullif({{ merge_doubles('street_spelling') }}, '') as street_key
    from spelt

),

city_folded as (

    select
        *,
        case
            when language_code = 'el' then {{ fold_name(fold_greeklish('lower(city_text)')) }}
            else {{ fold_name('city_text') }}
        end as city
    from city_texts

),

city_named as (

    select
        city_folded.language_code,
        city_folded.city_text,
        coalesce(cities.canonical_city, city_folded.city) as city
    from city_folded
    left join cities
        on city_folded.city = cities.city

),

city_spelt as (

    select
        *,
        {{ merge_spellings("replace(city, ' ', '')", 'language_code') }} as city_spelling
    from city_named

),

city_keyed as (

    select
        *,
        nullif({{ merge_doubles('city_spelling') }}, '') as city_key
    from city_spelt

),

addressed as (

    select
        located.*,
        street_keyed.street_written,
        street_keyed.street_key,
        city_keyed.city_key,
        case
            when trim({{ keep_characters('located.house_number', '0123456789 ') }}) <> ''
                then split_part(
                    trim({{ keep_characters('located.house_number', '0123456789 ') }}), ' ', 1
                )
            else street_keyed.house_digits
        end as house_digits,
        {{ keep_characters(
            'upper(located.postcode)', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
        ) }}
            as postcode_letters,
        {{ keep_characters('located.postcode', '0123456789') }} as postcode_figure
    from located
    left join street_keyed
        on
            located.language_code = street_keyed.language_code
            and located.is_house_number_first = street_keyed.is_house_number_first
            and located.street = street_keyed.street_text
    left join city_keyed
        on
            located.language_code = city_keyed.language_code
            and located.city = city_keyed.city_text

),

composed as (

    select
        customer_record_key,
        input_digest,
        is_shop,
        raw_value,
        street_written,
        street_key,
        cast(nullif(try_cast(house_digits as bigint), 0) as string) as house_number,
        -- A figure that was once a number has lost its leading zero.
        case
            when postcode_digits = 0 then nullif(postcode_letters, '')
            when length(postcode_figure) = postcode_digits - 1 then '0' || postcode_figure
            when length(postcode_figure) = postcode_digits then postcode_figure
        end as postcode,
        city_key
    from addressed

),

shop_address as (

    select distinct
        street_key,
        house_number,
        postcode
    from composed
    where is_shop and street_key is not null and postcode is not null

),

judged as (

    select
        composed.*,
        shop_address.postcode is not null as is_shop_address,
        blocked_street.value is not null as is_blocked_street,
        blocked_postcode.value is not null as is_blocked_postcode,
        case
            when shop_address.postcode is not null then 'shop-owned: the address of a store'
            when blocked_street.value is not null then 'placeholder: ' || blocked_street.reason
            when blocked_postcode.value is not null then 'placeholder: ' || blocked_postcode.reason
        end as dropped_reason
    from composed
    left join shop_address
        on
            composed.street_key = shop_address.street_key
            and composed.postcode = shop_address.postcode
            and coalesce(composed.house_number, '') = coalesce(shop_address.house_number, '')
    left join placeholders as blocked_street
        on
            blocked_street.placeholder_kind = 'street'
            and composed.street_written = blocked_street.value
    left join placeholders as blocked_postcode
        on
            blocked_postcode.placeholder_kind = 'postcode'
            and composed.postcode = blocked_postcode.value
    where not composed.is_shop

),

final as (

    select
        customer_record_key,
        case when dropped_reason is not null then raw_value end as raw_value,
        case when not is_shop_address and not is_blocked_street then street_key end as street_key,
        case when not is_shop_address and not is_blocked_street then house_number end
            as house_number,
        case when not is_shop_address and not is_blocked_postcode then postcode end as postcode,
        case when not is_shop_address then city_key end as city_key,
        dropped_reason,
        input_digest
    from judged

)

select * from final
