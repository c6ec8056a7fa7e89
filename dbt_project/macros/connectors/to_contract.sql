{#- From fields of a vendor to rows of the landing contract, each with a verdict: what files go through when they land,
    records of a connector go through here, since they land raw. -#}

{#- The columns of a raw table that staging carries on. -#}
{% macro raw_columns() -%}
    {{ return([
        'source_system', 'record_id', 'parent_id', 'version', 'deleted_at',
        '_source_file', '_source_row', '_file_date', '_file_modified_at', '_known_at', '_dlt_load_id',
    ]) }}
{%- endmacro %}


{#- Records in their newest version alone: for what is inside of a record, such as the lines of an order. -#}
{% macro newest_records(relation) -%}
    select *
    from (
        select
            *,
            max(version) over (partition by source_system, record_id) as newest_version
        from {{ relation }}
    ) as versions
    where version = newest_version
{%- endmacro %}


{#- Why a text cannot be a value of the type, as a condition that is never NULL. -#}
{% macro is_no_value(expression, type) -%}
    {%- set pattern = {
        'decimal': '^-?[0-9]{1,14}([.][0-9]{0,4}0*)?$',
        'integer': '^-?[0-9]{1,18}([.]0*)?$',
        'boolean': '^(true|false)$',
    }.get(type) -%}
    {%- if pattern -%}
        coalesce(regexp_extract({{ expression }}, '{{ pattern }}', 0) <> {{ expression }}, false)
    {%- elif type == 'timestamp' -%}
        ({{ expression }} is not null and {{ read_instant(expression) }} is null)
    {%- elif type == 'date' -%}
        ({{ expression }} is not null and try_cast({{ expression }} as date) is null)
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{% macro read_value(expression, type) -%}
    {%- if type == 'decimal' -%} try_cast({{ expression }} as decimal(18, 4))
    {%- elif type == 'integer' -%} cast(try_cast({{ expression }} as decimal(18, 0)) as bigint)
    {%- elif type == 'boolean' -%} try_cast({{ expression }} as boolean)
    {%- elif type == 'timestamp' -%} {{ read_instant(expression) }}
    {%- elif type == 'date' -%} try_cast({{ expression }} as date)
    {%- else -%} cast({{ expression }} as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#-
    A query with the columns of an entity of the contract, typed, and beside them the verdict:
    defect_column, defect_value, defect_reason (NULL for a good row), payload (of a bad row) and is_put_aside.

    relation: has raw_columns(), `row_id` (unique inside of a record's version), `payload`, and the vendor's fields.
    mapping: contract column: expression. A name alone is a field as text, which is judged as a value of the column's
        type. Anything longer must have that type already; the fields that it reads are judged by `verify`.
    verify: field: type, for fields inside of longer expressions.
-#}
{% macro to_contract(relation, kind, entity, mapping, verify={}) -%}
    {%- set contract = contract_entity(kind, entity) -%}
    {%- set unknown = mapping.keys() | reject('in', contract.columns) | list -%}
    {%- if unknown -%}
        {{ exceptions.raise_compiler_error(kind ~ '.' ~ entity ~ ' has no column ' ~ unknown | join(', ')) }}
    {%- endif -%}
    {%- set numbers = {
        'decimal': 'not a number with at most 14 digits before and 4 after the decimal point',
        'integer': 'not a whole number',
        'boolean': 'neither true nor false',
        'timestamp': 'not a time',
        'date': 'not a date',
    } -%}
    {%- set types = {
        'text': dbt.type_string(), 'decimal': 'decimal(18, 4)', 'integer': 'bigint', 'boolean': 'boolean',
        'timestamp': 'timestamp', 'date': 'date',
    } -%}
    {%- set defects = [] -%}
    {%- for field, type in verify.items() -%}
        {%- do defects.append((is_no_value(field, type), field, field, numbers[type])) -%}
    {%- endfor -%}
    {%- for name, expression in mapping.items() -%}
        {%- set spec = contract.columns[name] -%}
        {%- if modules.re.fullmatch('[a-z_0-9]+', expression) and spec.type in numbers -%}
            {%- do defects.append((is_no_value(expression, spec.type), name, expression, numbers[spec.type])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, spec in contract.columns.items() -%}
        {%- if spec.required -%}
            {%- do defects.append(('in_' ~ name ~ ' is null', name, 'null', 'missing, and the contract requires it')) -%}
        {%- endif -%}
        {%- if name in mapping and spec['values'] -%}
            {%- set listed = "'" ~ spec['values'] | join("', '") ~ "'" -%}
            {%- do defects.append((
                'in_' ~ name ~ ' not in (' ~ listed ~ ')', name, 'in_' ~ name,
                'not one of ' ~ spec['values'] | join(', '),
            )) -%}
        {%- endif -%}
        {%- if name in mapping and spec.min is not none -%}
            {%- do defects.append((
                'in_' ~ name ~ ' < ' ~ spec.min, name, 'in_' ~ name, 'less than ' ~ spec.min | string,
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    select
        {{ raw_columns() | reject('equalto', 'deleted_at') | join(', ') }},
        row_id,
        {%- for name, spec in contract.columns.items() %}
        {{ 'in_' ~ name if name in mapping else 'cast(null as ' ~ types[spec.type] ~ ')' }} as {{ name }},
        {%- endfor %}
        defect_column,
        defect_value,
        defect_reason,
        defect_reason is not null as is_put_aside,
        case when defect_reason is not null then payload end as payload
    from (
        select
            *,
            {%- for part in [1, 2, 3] %}
            {%- set ending = {1: 'column', 2: 'value', 3: 'reason'}[part] %}
            case
                {%- for defect in defects %}
                when {{ defect[0] }} then
                    {%- if part == 1 %} '{{ defect[1] }}'
                    {%- elif part == 2 %} cast({{ defect[2] }} as {{ dbt.type_string() }})
                    {%- else %} '{{ defect[3] }}'{% endif %}
                {%- endfor %}
                {%- for check in contract.checks %}
                when not coalesce({{ in_columns(check.expression, contract) }}, true) then
                    {%- if part == 3 %} '{{ check.reason }}'{% else %} null{% endif %}
                {%- endfor %}
            end as defect_{{ ending }}{{ ',' if part < 3 }}
            {%- endfor %}
        from (
            select
                *
                {%- for name, expression in mapping.items() %},
                {%- set spec = contract.columns[name] %}
                {%- if modules.re.fullmatch('[a-z_0-9]+', expression) %}
                {{ read_value("nullif(" ~ expression ~ ", '')", spec.type) }} as in_{{ name }}
                {%- else %}
                cast({{ expression }} as {{ types[spec.type] }}) as in_{{ name }}
                {%- endif %}
                {%- endfor %}
                {%- for name, spec in contract.columns.items() if name not in mapping %},
                cast(null as {{ types[spec.type] }}) as in_{{ name }}
                {%- endfor %}
            from {{ relation }}
        ) as mapped
    ) as judged
{%- endmacro %}


{#- A check of the contract over the mapped columns. -#}
{% macro in_columns(expression, contract) -%}
    {%- set words = [] -%}
    {%- for word in modules.re.split('([a-z_]+)', expression) -%}
        {%- do words.append('in_' ~ word if word in contract.columns else word) -%}
    {%- endfor -%}
    ({{ words | join('') }})
{%- endmacro %}


{#- Of the rows that `to_contract` gives: the newest good one of each key, and what is bad in a record's newest version.
    A broken version leaves the good one before it in force, as a broken row of a file does. -#}
{% macro newest_good(relation) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by source_system, row_id, is_put_aside
                order by version desc
            ) as good_number,
            max(version) over (partition by source_system, record_id) as newest_version
        from {{ relation }}
    ) as versions
    where good_number = 1 and (not is_put_aside or version = newest_version)
{%- endmacro %}
