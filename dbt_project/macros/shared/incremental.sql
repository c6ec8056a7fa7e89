{#-
    Incremental models that compute a key anew when something that its rows are computed of has changed, and only then.

    A model of digests says of every key, in `input_digest`, what its rows depend on: its input rows and the rules. The
    incremental model writes the digest beside each row, forgets before a night the rows of which key and digest are not
    among the digests, and computes the keys that it has no row of. So
    - a key that is gone goes, and a rule, seed or macro that is changed computes everything anew;
    - a night that was killed between the two leaves keys without rows, which the next one computes;
    - a key that has no rows is tried again every night, which is right and costs little.
    What of a row's input the digest leaves out is a mistake that no later night repairs, so it takes in all of it.
-#}

{#- What the rows of a key are computed of, as one number. `input_hash`: sum_of_hashes of its input rows. -#}
{% macro input_digest(input_hash) -%}
    {%- set rules = [var('rules_digest'), var('time_zone'), var('reporting_currency')] | join('|') -%}
    {{ row_hash(["'" ~ rules ~ "'", input_hash]) }}
{%- endmacro %}


{#- What the digests say of the keys that an incremental model is to compute; of all of them when it is built whole. -#}
{% macro changed_keys(digests, key) -%}
    select digests.*
    from {{ digests }} as digests
    {%- if is_incremental() %}
    where not exists (
        select 1
        from {{ this }} as computed
        where computed.{{ key }} = digests.{{ key }}
    )
    {%- endif %}
{%- endmacro %}


{#- The pre-hook of such a model: it forgets the rows of keys that have changed or are gone. -#}
{% macro forget_changed_keys(computed, digests, key) -%}
    {%- if execute and not should_full_refresh() and load_relation(computed) is not none -%}
        {%- set there = adapter.get_columns_in_relation(computed) | map(attribute='name') | list -%}
        {{ return(adapter.dispatch('forget_changed_keys', 'evermart')(
            computed, digests, key, 'input_digest' in there and key in there
        )) }}
    {%- endif -%}
    select 1 as nothing_to_forget
{%- endmacro %}

{#- A table from before it had digests is forgotten whole. -#}
{% macro default__forget_changed_keys(computed, digests, key, has_digests) -%}
    delete from {{ computed }}
    {%- if has_digests %} as computed
    where not exists (
        select 1
        from {{ digests }} as digests
        where
            digests.{{ key }} = computed.{{ key }}
            and digests.input_digest = computed.input_digest
    )
    {%- endif -%}
{%- endmacro %}

{#- Plain Parquet tables know no delete; the table is written anew from what is kept. -#}
{% macro spark__forget_changed_keys(computed, digests, key, has_digests) -%}
    insert overwrite table {{ computed }}
    select computed.*
    from {{ computed }} as computed
    {%- if has_digests %}
    left semi join {{ digests }} as digests
        on
            computed.{{ key }} = digests.{{ key }}
            and computed.input_digest = digests.input_digest
    {%- else %}
    where false
    {%- endif -%}
{%- endmacro %}
