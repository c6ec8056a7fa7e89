{#-
    amount x part / whole to four decimals, halves away from nought, exactly: floating numbers would put a point on the
    wrong side of a threshold now and then. Amounts are decimals of four places that are not negative, whole is above 0.
-#}
{% macro proportion(amount, part, whole) -%}
    {%- set amount_units = wide_integer('(' ~ amount ~ ') * 10000') -%}
    {%- set part_units = wide_integer('(' ~ part ~ ') * 10000') -%}
    {%- set whole_units = wide_integer('(' ~ whole ~ ') * 10000') -%}
    cast(
        cast(
            {{ integer_divide(
                '2 * ' ~ amount_units ~ ' * ' ~ part_units ~ ' + ' ~ whole_units, '2 * ' ~ whole_units
            ) }} as decimal(18, 0)
        ) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)
    )
{%- endmacro %}
