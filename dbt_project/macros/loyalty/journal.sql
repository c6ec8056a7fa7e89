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


{#-
    What a night appends to a journal: every row on the first night; later on those that are new or other than when they
    were posted last, and, as withdrawn, those that are gone.

    relation: what is known tonight. Has member_key, customer_id, and the columns.
    key: the column by which a row is known again.
    columns: what is posted. posted_customer_id is the customer as the night knew it.
    compared: the columns that make a row another one.
    on_time: the condition of what has come about since the last night, so that no earlier night was wrong. Reads
        current_rows, known (as it was posted last; NULL for a new row), restatements and nights.last_posted_date.
-#}
{% macro journal_postings(relation, key, columns, compared, on_time) -%}
{#- Not below is_incremental: what a journal is compared with is built before it on its first night too. -#}
{%- set ledger, aliases = ref('fct_points_ledger'), ref('customer_id_alias') -%}
with

current_rows as (

    select * from {{ relation }}

),

{% if is_incremental() -%}
postings as (

    select * from {{ this }}
    where posted_date < {{ as_of_date() }}

),

aliases as (

    select * from {{ aliases }}

),

nights as (

    select max(posted_date) as last_posted_date
    from postings

),

newest as (

    select
        *,
        row_number() over (partition by {{ key }} order by posted_date desc) as recency
    from postings

),

known as (

    select * from newest
    where
        recency = 1
        and not is_withdrawn

),

-- What restated the points of a member restated the rest as well.
restatements as (

    select
        member_key,
        {{ cause_of_strength('min(' ~ cause_strength('posting_cause') ~ ')') }} as cause
    from {{ ledger }}
    where posted_date = {{ as_of_date() }}
    group by member_key

),

changed as (

    select
        current_rows.*,
        case
            when nights.last_posted_date is null then 'opening'
            when
                {{ on_time }}
                then 'on_time'
            else coalesce(restatements.cause, 'source_correction')
        end as posting_cause
    from current_rows
    cross join nights
    left join known on current_rows.{{ key }} = known.{{ key }}
    left join restatements on current_rows.member_key = restatements.member_key
    where
        known.{{ key }} is null
        {%- for column in compared %}
        or known.{{ column }} is distinct from current_rows.{{ column }}
        {%- endfor %}

),

withdrawn as (

    select
        known.*,
        case
            when aliases.former_customer_id is not null then 'merge'
            else coalesce(restatements.cause, 'source_correction')
        end as withdrawal_cause
    from known
    left join current_rows on known.{{ key }} = current_rows.{{ key }}
    left join aliases on known.posted_customer_id = aliases.former_customer_id
    left join restatements on known.member_key = restatements.member_key
    where current_rows.{{ key }} is null

),
{%- else -%}
changed as (

    select
        *,
        'opening' as posting_cause
    from current_rows

),
{%- endif %}

final as (

    select
        {%- for column in columns %}
        {{ 'customer_id as posted_customer_id' if column == 'posted_customer_id' else column }},
        {%- endfor %}
        false as is_withdrawn,
        {{ as_of_date() }} as posted_date,
        posting_cause
    from changed
    {%- if is_incremental() %}

    union all

    select
        {{ columns | join(',\n        ') }},
        true as is_withdrawn,
        {{ as_of_date() }} as posted_date,
        withdrawal_cause as posting_cause
    from withdrawn
    {%- endif %}

)

select * from final
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
