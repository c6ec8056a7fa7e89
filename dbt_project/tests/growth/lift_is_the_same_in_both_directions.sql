-- Every pair stands there twice; which is named first changes nothing of how far they go together.
select
    pairs.basket_code,
    pairs.item_a,
    pairs.item_b
from {{ ref('product_affinity') }} as pairs
left join {{ ref('product_affinity') }} as turned
    on
        pairs.basket_code = turned.basket_code
        and pairs.item_kind = turned.item_kind
        and pairs.item_a = turned.item_b
        and pairs.item_b = turned.item_a
where
    turned.lift is null
    or turned.lift != pairs.lift
    or turned.pair_baskets != pairs.pair_baskets
