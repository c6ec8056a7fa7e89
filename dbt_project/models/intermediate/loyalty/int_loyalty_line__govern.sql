-- What governs the order lines of a place, channel and class of products at a time: the version and
-- the rate, on one row.
with

scopes as (

    select * from {{ ref('int_loyalty_scope__match') }}

),

rates as (

    select * from {{ ref('int_loyalty_rate__match') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

classes as (

    select distinct
        product_class,
        scope_brand
    from {{ ref('int_loyalty_product__classify') }}

    union all

    select
        0 as product_class,
        '' as scope_brand

),

final as (

    select
        scopes.place_class,
        rates.channel,
        classes.product_class,
        greatest(scopes.valid_from, rates.valid_from) as valid_from,
        least(
            coalesce(scopes.valid_to, {{ end_of_days() }}),
            coalesce(rates.valid_to, {{ end_of_days() }})
        ) as valid_to,
        rates.rate_number,
        rates.qualifying_rate,
        programmes.programme_code,
        programmes.rule_version,
        programmes.points_rounding,
        programmes.points_rounded_per,
        programmes.base_includes_tax,
        programmes.tier_counts_pending,
        programmes.pending_days
    from scopes
    inner join classes on scopes.brand = classes.scope_brand
    inner join rates
        on
            scopes.rule_version = rates.rule_version
            and classes.product_class = rates.product_class
            and (scopes.valid_to is null or scopes.valid_to > rates.valid_from)
            and (rates.valid_to is null or scopes.valid_from < rates.valid_to)
    inner join programmes on scopes.rule_version = programmes.rule_version

)

select * from final
