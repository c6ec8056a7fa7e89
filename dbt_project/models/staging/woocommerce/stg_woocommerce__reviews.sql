{#- A review without stars is a comment: WooCommerce says rating 0, which is no answer on
    the scale of 1 to 5. -#}
{%- set fields = {
    'id': '$.id',
    'product': '$.product_id',
    'reviewer': '$.reviewer',
    'reviewer_email': '$.reviewer_email',
    'review': '$.review',
    'rating': '$.rating',
    'verified': '$.verified',
    'date_created_gmt': '$.date_created_gmt',
} -%}
with

source as (

    select * from {{ source('woocommerce', 'product_reviews') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload
    from parsed
    where rating is null or rating <> '0'

),

{%- set mapping = {
    'review_id': 'id',
    'platform': "'woocommerce'",
    'product_id': "nullif(product, '0')",
    'author_name': 'reviewer',
    'author_email': 'reviewer_email',
    'rating': 'rating',
    'scale_min': '(1)',
    'scale_max': '(5)',
    'body': "trim(replace(" ~ replace_pattern('review', '<[^>]*>', '') ~ ", chr(10), ' '))",
    'is_verified_purchase': 'verified',
    'published_at': 'date_created_gmt',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'reviews', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
