{#-
    Journals: what each night came to know, appended and never changed. A night that is run again for its date, or after
    a return to an earlier one, forgets what it and later ones had written and writes it anew.
-#}

{#- What a journal forgets before a night is written. -#}
{% macro forget_nights(journal) -%}
    {%- if execute and load_relation(journal) is not none -%}
        {{ return(adapter.dispatch('forget_nights', 'evermart')(journal)) }}
    {%- endif -%}
    select 1 as nothing_to_forget
{%- endmacro %}

{% macro default__forget_nights(journal) -%}
    delete from {{ journal }} where posted_date >= {{ as_of_date() }}
{%- endmacro %}

{#- Plain Parquet tables know no delete; the table is written anew from what is kept. -#}
{% macro spark__forget_nights(journal) -%}
    insert overwrite table {{ journal }} select * from {{ journal }} where posted_date < {{ as_of_date() }}
{%- endmacro %}


{#- The causes of a restatement, strongest first, as numbers that can be compared. -#}
{% macro cause_strength(cause) -%}
    case {{ cause }}
        when 'merge' then 1
        when 'split' then 2
        when 'rule_change' then 3
        when 'late_file' then 4
        when 'refund' then 5
        when 'source_correction' then 6
    end
{%- endmacro %}

{% macro cause_of_strength(strength) -%}
    case {{ strength }}
        when 1 then 'merge'
        when 2 then 'split'
        when 3 then 'rule_change'
        when 4 then 'late_file'
        when 5 then 'refund'
        when 6 then 'source_correction'
    end
{%- endmacro %}


{#- Warehouses from before the journal, which DuckDB alone has, hold a ledger without clocks under its name; the journal
    begins anew. Hooks end with a rollback, hence the commit. -#}
{% macro retire_ledger_without_clocks() -%}
    {%- if execute and target.type == 'duckdb' and target.name != 'lint' -%}
        {%- set ledger = adapter.get_relation(database=target.database, schema='loyalty', identifier='fct_points_ledger') -%}
        {%- if ledger is not none -%}
            {%- set names = adapter.get_columns_in_relation(ledger) | map(attribute='name') | list -%}
            {%- if 'posted_date' not in names or 'is_correction' not in names -%}
                {%- do adapter.drop_relation(ledger) -%}
                {%- do run_query('commit') -%}
                {%- do run_query('begin transaction') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
