{#- Money to the smallest amount that can be paid. -#}

{#- An amount rounded to a currency's minor units, halves away from nought. A branch for each number of places, since
    engines differ in rounding to a number of places that is a column, and each branch cast by itself, since their common
    type would be short of places. A currency that is not known is not rounded; a
    blocking test names it. -#}
{% macro round_money(amount, minor_units) -%}
    case {{ minor_units }}
        {%- for places in range(4) %}
        when {{ places }} then cast(round({{ amount }}, {{ places }}) as decimal(18, 4))
        {%- endfor %}
        else cast(round({{ amount }}, 4) as decimal(18, 4))
    end
{%- endmacro %}


{#- The product of an amount and a price, a quantity or a rate, not rounded. Wide by itself: DuckDB multiplies two
    decimals of up to 18 digits in 18 digits, which a large order in a small currency overflows. -#}
{% macro multiply_money(amount, factor) -%}
    cast({{ amount }} as decimal(20, 4)) * {{ factor }}
{%- endmacro %}


{#- The smallest amount that can be paid, as a count of ten-thousandths. -#}
{% macro smallest_payment(minor_units) -%}
    case {{ minor_units }}
        when 0 then 10000
        when 1 then 1000
        when 2 then 100
        when 3 then 10
        else 1
    end
{%- endmacro %}


{#-
    The largest remainder method (Hamilton): a query that spreads `spread_amount` over the rows of a group in
    proportion to `spread_weight`, in steps of `spread_step` ten-thousandths, so that the shares sum to the amount.
    What rounding down leaves goes to the largest remainders, one step each; ties go to the lowest `spread_order`.
    Nothing to weigh by: equal parts. An amount that is no multiple of the step is spread in ten-thousandths.

    relation: a relation with these four columns, amounts and weights not negative; group_by and keep: lists of columns.
    Returns the columns of group_by and keep, and `share_amount` decimal(18, 4).
-#}
{% macro spread(relation, group_by, keep) -%}
    {%- set groups = group_by | join(', ') -%}
    {%- set columns = (group_by + keep) | join(', ') -%}
    select
        {{ columns }},
        cast(
            cast(
                (quota + case when remainder_rank <= units - quota_sum then 1 else 0 end) * step
                as decimal(18, 0)
            ) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)
        ) as share_amount
    from (
        select
            *,
            sum(quota) over (partition by {{ groups }}) as quota_sum,
            row_number() over (
                partition by {{ groups }} order by remainder desc, spread_order asc
            ) as remainder_rank
        from (
            select
                *,
                {{ integer_divide('units * weight', 'weight_sum') }} as quota,
                (units * weight) % weight_sum as remainder
            from (
                select
                    *,
                    {{ integer_divide('amount', 'step') }} as units,
                    case when raw_weight_sum = 0 then 1 else raw_weight end as weight,
                    case when raw_weight_sum = 0 then row_count else raw_weight_sum end as weight_sum
                from (
                    select
                        {{ columns }},
                        spread_order,
                        {{ wide_integer(multiply_money('spread_amount', 10000)) }} as amount,
                        case
                            when {{ wide_integer(multiply_money('spread_amount', 10000)) }} % spread_step = 0
                                then {{ wide_integer('spread_step') }}
                            else {{ wide_integer('1') }}
                        end as step,
                        {{ wide_integer(multiply_money('spread_weight', 10000)) }} as raw_weight,
                        sum({{ wide_integer(multiply_money('spread_weight', 10000)) }})
                            over (partition by {{ groups }}) as raw_weight_sum,
                        {{ wide_integer('count(*) over (partition by ' ~ groups ~ ')') }} as row_count
                    from {{ relation }}
                ) as measured
            ) as weighed
        ) as divided
    ) as ranked
{%- endmacro %}
