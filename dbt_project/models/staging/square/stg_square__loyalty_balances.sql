{#- The points that Square says a member holds, at the end of the day on which they last moved. -#}
with

source as (

    select * from {{ source('square', 'loyalty_accounts') }}

),

newest as (

    {{ newest_records('source') }}

),

parsed as (

    {{ json_fields(
        'newest', 'record',
        {
            'id': '$.id',
            'customer': '$.customer_id',
            'balance': '$.balance',
            'created': '$.created_at',
            'updated': '$.updated_at',
        },
        raw_columns() + ['record']
    ) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload,
        coalesce(customer, 'account-' || id) as card,
        coalesce(balance, '0') as points_held,
        coalesce(updated, created) as moved
    from parsed
    where deleted_at is null

),

{%- set mapping = {
    'card_number': 'card',
    'balance_on': business_date(read_instant('moved')),
    'points': 'points_held',
    'updated_at': 'moved',
} %}

judged as (

    {{ to_contract('placed', 'pos', 'loyalty_balances', mapping, {'moved': 'timestamp'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
