{#- True when a text says anything at all. -#}
{% macro is_given(expression) -%}
coalesce(trim({{ expression }}), '') <> ''
{%- endmacro %}


{#- True when a guest order left anything to know the guest by: the order then has a customer record of its own. -#}
{% macro has_guest_contact(relation='') -%}
{%- set prefix = relation ~ '.' if relation else '' -%}
(
    {%- for column_name in ['guest_email', 'guest_phone', 'guest_first_name', 'guest_last_name'] %}
    {{ is_given(prefix ~ column_name) }}{{ ' or' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}


{#- The key of the customer record that an e-shop order speaks of: its account, else its guest checkout, else NULL. -#}
{% macro online_buyer_key() -%}
case
            when {{ is_given('customer_id') }}
                then {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            when {{ has_guest_contact() }}
                then {{ customer_record_key(
                    'source_system', "'eshop_guest'", "'guest:' || order_id"
                ) }}
        end
{%- endmacro %}


{#- The key of the customer record that a till sale speaks of: the card that was shown, else NULL. -#}
{% macro card_shown_key(relation) -%}
case
            when {{ is_given(relation ~ '.card_number') }}
                then {{ customer_record_key(
                    relation ~ '.source_system', "'loyalty_card'", relation ~ '.card_number'
                ) }}
        end
{%- endmacro %}
