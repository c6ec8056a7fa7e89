{{ config(schema='personal') }}

with

pairs as (

    select * from {{ ref('stg_identity__customer_record_pair') }}

),

paths as (

    select * from {{ ref('stg_identity__customer_record_path') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

customers as (

    select * from {{ ref('customer_value') }}

),

lots as (

    select * from {{ ref('fct_points_lot') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

settings as (

    select * from {{ ref('identity_match_setting') }}

),

current_programmes as (

    select
        programme_code,
        point_value
    from programmes
    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > {{ as_of_date() }})

),

points_owed as (

    select
        lots.customer_id,
        sum(lots.points_remaining * current_programmes.point_value) as liability_amount_reporting
    from lots
    inner join current_programmes
        on lots.programme_code = current_programmes.programme_code
    group by lots.customer_id

),

money as (

    select
        record_map.customer_id,
        coalesce(max(customers.net_amount_reporting), 0)
        + coalesce(max(points_owed.liability_amount_reporting), 0) as stake_amount_reporting
    from record_map
    left join customers
        on record_map.customer_id = customers.customer_id
    left join points_owed
        on record_map.customer_id = points_owed.customer_id
    group by record_map.customer_id

),

-- A link of a cluster is worth a question only when the cluster would fall apart without it.
asked as (

    select
        pairs.*,
        map_a.customer_id as customer_id_a,
        map_b.customer_id as customer_id_b,
        case pairs.decision
            when 'linked' then 'linked, and near the threshold'
            when 'refused' then 'strong, and refused: ' || pairs.refused_because
            else 'not linked, and near the threshold'
        end as question
    from pairs
    inner join record_map as map_a
        on pairs.record_key_a = map_a.customer_record_key
    inner join record_map as map_b
        on pairs.record_key_b = map_b.customer_record_key
    left join paths as path_a
        on
            pairs.record_key_a = path_a.customer_record_key
            and pairs.record_key_b = path_a.next_record_key
            and pairs.link_rule = path_a.link_rule
    left join paths as path_b
        on
            pairs.record_key_b = path_b.customer_record_key
            and pairs.record_key_a = path_b.next_record_key
            and pairs.link_rule = path_b.link_rule
    cross join settings
    where
        (
            pairs.decision = 'linked'
            and pairs.link_rule <> 'must_link'
            and pairs.link_score <= settings.review_score_to
            and coalesce(path_a.customer_record_key, path_b.customer_record_key) is not null
        )
        or (
            pairs.decision = 'refused'
            and pairs.refused_because <> 'cannot_link'
            and pairs.link_score >= settings.strong_score_from
        )
        or (
            pairs.decision = 'below_threshold'
            and pairs.link_score >= settings.review_score_from
            and map_a.customer_id <> map_b.customer_id
        )

),

-- Two customers are one question, however many of their records were compared.
strongest as (

    select
        *,
        row_number() over (
            partition by
                case when decision = 'linked' then record_key_a else customer_id_a end,
                case when decision = 'linked' then record_key_b else customer_id_b end
            order by match_weight desc, link_rule asc, record_key_a asc, record_key_b asc
        ) as strength
    from asked

),

staked as (

    select
        strongest.*,
        money_a.stake_amount_reporting
        + case
            when strongest.customer_id_a = strongest.customer_id_b then 0
            else money_b.stake_amount_reporting
        end as stake_amount_reporting
    from strongest
    inner join money as money_a
        on strongest.customer_id_a = money_a.customer_id
    inner join money as money_b
        on strongest.customer_id_b = money_b.customer_id
    where strongest.strength = 1

),

ranked as (

    select
        *,
        row_number() over (
            order by
                stake_amount_reporting desc,
                match_weight desc,
                record_key_a asc,
                record_key_b asc,
                link_rule asc
        ) as review_rank
    from staked

),

final as (

    select
        cast(ranked.review_rank as bigint) as review_rank,
        ranked.record_key_a,
        ranked.record_key_b,
        ranked.customer_id_a,
        ranked.customer_id_b,
        ranked.question,
        case ranked.decision
            when 'linked' then 'two people? paste the row into identity_cannot_link.csv'
            else 'one person? paste the row into identity_must_link.csv'
        end as suggestion,
        records_a.source_system || ',' || records_a.record_type
        || ',"' || replace(records_a.source_id, '"', '""') || '",'
        || records_b.source_system || ',' || records_b.record_type
        || ',"' || replace(records_b.source_id, '"', '""') || '",reviewed,,'
        || cast({{ as_of_date() }} as string) as seed_row,
        ranked.link_rule,
        ranked.refused_because,
        cast(ranked.link_score as decimal(9, 6)) as link_score,
        cast(ranked.match_weight as decimal(9, 4)) as match_weight,
        cast(ranked.stake_amount_reporting as decimal(18, 4)) as stake_amount_reporting,
        '{{ var("reporting_currency") }}' as reporting_currency_code
    from ranked
    inner join records as records_a
        on ranked.record_key_a = records_a.customer_record_key
    inner join records as records_b
        on ranked.record_key_b = records_b.customer_record_key
    cross join settings
    where ranked.review_rank <= settings.review_max_pairs

)

select * from final
