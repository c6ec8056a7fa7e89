with

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

versions as (

    select * from {{ ref('int_customer_version__unify') }}
    where not is_newest

),

stores as (

    select * from {{ ref('stg_pos__stores') }}

),

order_references as (

    select * from {{ ref('int_customer_reference__resolve') }}

),

{%- set store = [
    'source_system', 'store_id', 'email', 'phone', 'street', 'postcode', 'city', 'country_code',
] %}
{%- set record = [
    'source_system', 'record_type', 'source_id', 'email', 'phone', 'first_name', 'last_name', 'full_name', 'birth_date',
    'birth_date_text', 'birth_year', 'gender', 'loyalty_card_number', 'card_status', 'street', 'house_number', 'postcode',
    'city', 'country_code', 'language_code', 'is_contact_from_invite', 'is_deleted', 'created_at',
    'is_referring',
] %}

-- What every record is read by: a store's own contacts are nobody's, and an age is one of a year.
common as (

    select
        {{ sum_of_hashes(row_hash(store)) }} as stores_hash,
        extract(year from {{ as_of_date() }}) as as_of_year
    from stores

),

referring as (

    select
        records.*,
        order_references.referenced_record_key is not null as is_referring
    from records
    left join order_references
        on records.customer_record_key = order_references.customer_record_key

),

hashed as (

    select
        customer_record_key,
        false as is_former_version,
        {{ row_hash(record) }} as input_hash
    from referring

    union all

    select
        customer_version_key as customer_record_key,
        true as is_former_version,
        {{ row_hash(['email', 'phone', 'country_code']) }} as input_hash
    from versions

),

final as (

    select
        hashed.customer_record_key,
        hashed.is_former_version,
        {{ input_digest(row_hash(
            ['hashed.input_hash', 'common.stores_hash', 'common.as_of_year']
        )) }} as input_digest
    from hashed
    cross join common

)

select * from final
