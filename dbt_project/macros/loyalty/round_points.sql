{#- Whole points, by the rounding rule of a programme version. -#}
{% macro round_points(points, rounding) -%}
    cast(
        case {{ rounding }}
            when 'down' then floor({{ points }})
            when 'up' then ceil({{ points }})
            when 'nearest' then round({{ points }})
        end as bigint
    )
{%- endmacro %}


{#-
    A query with the whole points of order lines that are rounded by order: the order's sum of `rate` and
    base_amount_reporting, rounded and spread over its lines by largest remainder, ties to the lowest line. The relation
    has order_line_key, order_key, member_number, base_amount_reporting, points_rounding and the rate.
    Columns order_line_key, points.
-#}
{% macro spread_points(relation, rate) -%}
    select
        order_line_key,
        cast(whole_part as bigint) + case when remainder_rank <= order_points - whole_sum then 1 else 0 end
            as points
    from (
        select
            *,
            {{ round_points('product_sum', 'points_rounding') }} as order_points,
            sum(whole_part) over (partition by order_key, member_number) as whole_sum,
            row_number() over (
                partition by order_key, member_number
                order by product - whole_part desc, order_line_key asc
            ) as remainder_rank
        from (
            select
                *,
                {{ rate }} * base_amount_reporting as product,
                floor({{ rate }} * base_amount_reporting) as whole_part,
                sum({{ rate }} * base_amount_reporting) over (
                    partition by order_key, member_number
                ) as product_sum
            from {{ relation }}
        ) as products
    ) as ranked
{%- endmacro %}
