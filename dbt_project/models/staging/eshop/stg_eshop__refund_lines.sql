with

source as (

    {{ landed('eshop', 'refund_lines') }}

),

newest as (

    {{ newest_version(
        'source',
        key=['refund_id', 'refund_line_id'],
        clock='refund_updated_at',
        parent_key=['refund_id']
    ) }}

),

final as (

    select
        source_system,
        refund_id,
        refund_line_id,
        line_id,
        product_id,
        quantity,
        amount,
        tax_amount,
        refund_updated_at,
        _known_at as known_at
    from newest

)

select * from final
