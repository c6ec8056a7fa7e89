with

digests as (

    select * from {{ ref('int_customer_record__digest') }}
    where not is_former_version

),

parts as (

    select * from {{ ref('int_customer_name__part') }}

),

settings as (

    select * from {{ ref('identity_setting') }}

),

-- How often a word stands in the field of the given name, and how often in that of the family name.
word_uses as (

    select
        left_key as word_key,
        1 as given_uses,
        0 as family_uses
    from parts
    where own_uses = 1

    union all

    select
        right_key as word_key,
        0 as given_uses,
        1 as family_uses
    from parts
    where own_uses = 1

),

word_counts as (

    select
        word_key,
        sum(given_uses) as given_uses,
        sum(family_uses) as family_uses
    from word_uses
    group by word_key

),

weighed as (

    -- How many times likelier each part is a given name than a family name. What the record itself
    -- says of its two fields is not evidence for it.
    select
        parts.*,
        (
            coalesce(left_count.given_uses, 0)
            - parts.own_uses
            + case when parts.is_left_known then settings.name_order_margin else 0.5 end
        ) / (coalesce(left_count.family_uses, 0) + 0.5) as left_given_odds,
        (
            coalesce(right_count.given_uses, 0)
            + case when parts.is_right_known then settings.name_order_margin else 0.5 end
        ) / (
            coalesce(right_count.family_uses, 0)
            - parts.own_uses
            + 0.5
        ) as right_given_odds,
        settings.name_order_margin
    from parts
    cross join settings
    left join word_counts as left_count
        on parts.left_key = left_count.word_key
    left join word_counts as right_count
        on parts.right_key = right_count.word_key

),

-- Hungarians write the family name first, and so do officials in Greece and Romania. A comma says
-- so, then what the words are used as elsewhere, then an initial, then the custom of the country.
-- Two fields are turned only when that is clearly the likelier reading.
ordered as (

    select
        weighed.*,
        case
            when weighed.origin = 'comma' then true
            when weighed.left_text = '' or weighed.right_text = '' then false
            when weighed.origin = 'fields'
                then weighed.right_given_odds
                    > weighed.name_order_margin * weighed.left_given_odds
            when weighed.right_given_odds > weighed.left_given_odds then true
            when weighed.right_given_odds < weighed.left_given_odds then false
            when length(weighed.right_text) = 1 and length(weighed.left_text) > 1 then true
            when length(weighed.left_text) = 1 and length(weighed.right_text) > 1 then false
            else weighed.is_family_first
        end as begins_with_family
    from weighed

),

-- What a name says depends on other records through its order alone: a record whose order turns is
-- another one than before.
final as (

    select
        digests.customer_record_key,
        coalesce(ordered.begins_with_family, false) as begins_with_family,
        {{ row_hash(['digests.input_digest', 'ordered.begins_with_family']) }} as input_digest
    from digests
    left join ordered
        on digests.customer_record_key = ordered.customer_record_key

)

select * from final
