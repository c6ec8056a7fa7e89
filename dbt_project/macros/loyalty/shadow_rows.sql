{#-
    A query with rows of the retailer's own points engines and whose they are: a till names a card, an e-shop an account.
    What names no programme belongs to the only one there is, or to none.

    till, shop: the staged rows of both.
    columns: what is carried on of them, beside source_system, holder_key, customer_id, programme_code (as named) and
        known_programme_code.
-#}
{% macro shadow_rows(till, shop, columns) -%}
{%- set account = customer_record_key('shop_rows.source_system', "'eshop_account'", 'shop_rows.customer_id') -%}
with

till_rows as (

    select * from {{ till }}

),

shop_rows as (

    select * from {{ shop }}

),

cards as (

    select * from {{ ref('int_shadow_card__resolve') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

programmes as (

    select
        min(programme_code) as programme_code,
        count(distinct programme_code) as programmes
    from {{ ref('int_loyalty_programme__version') }}

),

unified as (

    select
        till_rows.source_system,
        {{ customer_record_key(
            'till_rows.source_system', "'loyalty_card'", 'till_rows.card_number'
        ) }} as holder_key,
        cards.customer_id,
        {%- for column in columns %}
        till_rows.{{ column }},
        {%- endfor %}
        till_rows.programme_code
    from till_rows
    left join cards on till_rows.card_number = cards.card_number

    union all

    select
        shop_rows.source_system,
        {{ account }} as holder_key,
        record_map.customer_id,
        {%- for column in columns %}
        shop_rows.{{ column }},
        {%- endfor %}
        shop_rows.programme_code
    from shop_rows
    left join record_map
        on {{ account }} = record_map.customer_record_key

)

select
    unified.*,
    coalesce(
        unified.programme_code,
        case when programmes.programmes = 1 then programmes.programme_code end
    ) as known_programme_code
from unified
cross join programmes
{%- endmacro %}
