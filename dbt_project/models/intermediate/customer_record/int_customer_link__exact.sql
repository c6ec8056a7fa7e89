with

identifiers as (

    select *
    from {{ ref('int_customer_identifier__verify') }}
    where not is_shared

),

order_references as (

    select * from {{ ref('int_customer_reference__resolve') }}

),

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

link_rules as (

    select * from {{ ref('identity_link_rule') }}

),

-- The records under one identifier, by the name that they give: one person may use an address under
-- one name, a family uses it under several.
variants as (

    select
        identifier_type,
        identifier_value,
        given_key,
        family_key,
        min(customer_record_key) as representative_key,
        -- An address that is only known through invites is as good as the invite.
        min(case when is_contact_from_invite then 1 else 0 end) = 1 as is_from_invite
    from identifiers
    group by identifier_type, identifier_value, given_key, family_key

),

variant_pairs as (

    select
        a.identifier_type,
        a.identifier_value,
        a.representative_key as key_a,
        b.representative_key as key_b,
        a.is_from_invite or b.is_from_invite as is_from_invite,
        a.given_key is not null and b.given_key is not null as is_named,
        {{ names_agree('a.given_key', 'a.family_key', 'b.given_key', 'b.family_key') }} as is_agreed
    from variants as a
    inner join variants as b
        on
            a.identifier_type = b.identifier_type
            and a.identifier_value = b.identifier_value
            and a.representative_key <> b.representative_key

),

-- A name (none at all, or an initial) that agrees with two names which exclude each other belongs
-- to one of them, and nobody knows to which: it is left alone.
ambiguous as (

    select distinct
        excluded.identifier_type,
        excluded.identifier_value,
        first_pair.key_a as representative_key
    from variant_pairs as excluded
    inner join variant_pairs as first_pair
        on
            excluded.identifier_type = first_pair.identifier_type
            and excluded.identifier_value = first_pair.identifier_value
            and excluded.key_a = first_pair.key_b
            and first_pair.is_agreed
    inner join variant_pairs as second_pair
        on
            excluded.identifier_type = second_pair.identifier_type
            and excluded.identifier_value = second_pair.identifier_value
            and excluded.key_b = second_pair.key_b
            and first_pair.key_a = second_pair.key_a
            and second_pair.is_agreed
    where not excluded.is_agreed

),

links_within_a_name as (

    select
        identifiers.identifier_type,
        variants.representative_key as key_a,
        identifiers.customer_record_key as key_b,
        identifiers.is_contact_from_invite as is_from_invite,
        identifiers.given_key is not null as is_named
    from identifiers
    inner join variants
        on
            identifiers.identifier_type = variants.identifier_type
            and identifiers.identifier_value = variants.identifier_value
            and coalesce(identifiers.given_key, '') = coalesce(variants.given_key, '')
            and coalesce(identifiers.family_key, '') = coalesce(variants.family_key, '')
            and identifiers.customer_record_key <> variants.representative_key
    left join ambiguous
        on
            variants.identifier_type = ambiguous.identifier_type
            and variants.identifier_value = ambiguous.identifier_value
            and variants.representative_key = ambiguous.representative_key
    where ambiguous.representative_key is null

),

links_between_names as (

    select
        variant_pairs.identifier_type,
        variant_pairs.key_a,
        variant_pairs.key_b,
        variant_pairs.is_from_invite,
        variant_pairs.is_named
    from variant_pairs
    left join ambiguous as ambiguous_a
        on
            variant_pairs.identifier_type = ambiguous_a.identifier_type
            and variant_pairs.identifier_value = ambiguous_a.identifier_value
            and variant_pairs.key_a = ambiguous_a.representative_key
    left join ambiguous as ambiguous_b
        on
            variant_pairs.identifier_type = ambiguous_b.identifier_type
            and variant_pairs.identifier_value = ambiguous_b.identifier_value
            and variant_pairs.key_b = ambiguous_b.representative_key
    where
        variant_pairs.key_a < variant_pairs.key_b
        and variant_pairs.is_agreed
        and ambiguous_a.representative_key is null
        and ambiguous_b.representative_key is null

),

links_by_order as (

    select
        'order' as identifier_type,
        order_references.customer_record_key as key_a,
        order_references.referenced_record_key as key_b,
        false as is_from_invite,
        feedback.given_key is not null and buyer.given_key is not null as is_named
    from order_references
    inner join records as feedback
        on order_references.customer_record_key = feedback.customer_record_key
    inner join records as buyer
        on order_references.referenced_record_key = buyer.customer_record_key
    where
        order_references.referenced_record_key is not null
        and {{ names_agree(
            'feedback.given_key', 'feedback.family_key', 'buyer.given_key', 'buyer.family_key'
        ) }}

),

links as (

    select * from links_within_a_name
    union all
    select * from links_between_names
    union all
    select * from links_by_order

),

final as (

    select
        least(links.key_a, links.key_b) as record_key_a,
        greatest(links.key_a, links.key_b) as record_key_b,
        link_rules.link_rule,
        max(case when links.is_named then link_rules.score_named else link_rules.score_unnamed end)
            as link_score,
        max(case when links.is_named then 'names agree' else 'name not known' end) as evidence
    from links
    inner join link_rules
        on
            case when links.is_from_invite then 'invite' else links.identifier_type end
            = link_rules.identifier_type
    group by
        least(links.key_a, links.key_b),
        greatest(links.key_a, links.key_b),
        link_rules.link_rule

)

select * from final
