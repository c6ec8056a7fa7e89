{#- Money that a vendor counts in the smallest unit of its currency, as whole numbers. -#}

{#- The amount in the currency itself. ISO 4217 says how many places a currency has; it is 2 unless listed here. What
    a shop can be paid in (seed currency) may have fewer. -#}
{% macro from_minor_units(amount, currency_code) -%}
    cast(
        try_cast({{ amount }} as decimal(15, 0)) * case
            when
                {{ currency_code }} in (
                    'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
                    'XAF', 'XOF', 'XPF'
                )
                then cast(1 as decimal(4, 3))
            when {{ currency_code }} in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then cast(0.001 as decimal(4, 3))
            else cast(0.01 as decimal(4, 3))
        end
        as decimal(18, 4)
    )
{%- endmacro %}
