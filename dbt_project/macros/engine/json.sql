{#- Documents in JSON where engines differ. A document is a text; paths are written `$.billing.email`. -#}

{#- A query with fields of a JSON column as texts, the document being read once: the columns named in `keep`, and one
    column per entry of `fields` (name: path). A missing field and JSON's null are NULL; an object is its text. -#}
{% macro json_fields(relation, json_column, fields, keep) -%}
    {{ return(adapter.dispatch('json_fields', 'evermart')(relation, json_column, fields, keep)) }}
{%- endmacro %}

{% macro default__json_fields(relation, json_column, fields, keep) -%}
    select
        {{ keep | join(', ') }}
        {%- for name in fields %},
        read_fields[{{ loop.index }}] as {{ name }}
        {%- endfor %}
    from (
        select
            {{ keep | join(', ') }},
            json_extract_string(
                {{ json_column }},
                ['{{ fields.values() | join("', '") }}']
            ) as read_fields
        from {{ relation }}
    ) as documents
{%- endmacro %}

{% macro spark__json_fields(relation, json_column, fields, keep) -%}
    select
        {{ keep | join(', ') }}
        {%- for name, path in fields.items() %},
        get_json_object({{ json_column }}, '{{ path }}') as {{ name }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}


{#- A query with one row per element of a list in a JSON column: the columns named in `keep`, `item` (the element as
    text) and `item_number` from 1. No list, no row. -#}
{% macro json_items(relation, json_column, path, keep) -%}
    {{ return(adapter.dispatch('json_items', 'evermart')(relation, json_column, path, keep)) }}
{%- endmacro %}

{% macro default__json_items(relation, json_column, path, keep) -%}
    select
        {{ keep | join(', ') }},
        cast(unnest(read_items) as varchar) as item,
        generate_subscripts(read_items, 1) as item_number
    from (
        select
            {{ keep | join(', ') }},
            json_extract({{ json_column }}, '{{ path }}[*]') as read_items
        from {{ relation }}
    ) as documents
{%- endmacro %}

{% macro spark__json_items(relation, json_column, path, keep) -%}
    select
        {{ keep | join(', ') }},
        item,
        item_position + 1 as item_number
    from {{ relation }}
    lateral view posexplode(
        from_json(get_json_object({{ json_column }}, '{{ path }}'), 'array<string>')
    ) as item_position, item
{%- endmacro %}


{#- A query with one row per field of an object in a JSON column: the columns named in `keep`, `entry_name` and
    `entry_value` (as text). No object, no row. -#}
{% macro json_entries(relation, json_column, keep) -%}
    {{ return(adapter.dispatch('json_entries', 'evermart')(relation, json_column, keep)) }}
{%- endmacro %}

{% macro default__json_entries(relation, json_column, keep) -%}
    select
        {{ keep | join(', ') }},
        entry_name,
        -- A pointer takes any name; a path would stumble over brackets and dots.
        json_extract_string(
            document, '/' || replace(replace(entry_name, '~', '~0'), '/', '~1')
        ) as entry_value
    from (
        select
            {{ keep | join(', ') }},
            {{ json_column }} as document,
            unnest(json_keys({{ json_column }})) as entry_name
        from {{ relation }}
    ) as documents
{%- endmacro %}

{% macro spark__json_entries(relation, json_column, keep) -%}
    select
        {{ keep | join(', ') }},
        entry_name,
        entry_value
    from {{ relation }}
    lateral view explode(from_json({{ json_column }}, 'map<string,string>')) as entry_name, entry_value
{%- endmacro %}


{#- The texts of a JSON list joined by commas; NULL for no list. -#}
{% macro json_joined(json_text) -%}
    {{ return(adapter.dispatch('json_joined', 'evermart')(json_text)) }}
{%- endmacro %}

{% macro default__json_joined(json_text) -%}
    array_to_string(json_extract_string({{ json_text }}, '$[*]'), ', ')
{%- endmacro %}

{% macro spark__json_joined(json_text) -%}
    array_join(from_json({{ json_text }}, 'array<string>'), ', ')
{%- endmacro %}


{#- The instant of a text in ISO 8601, NULL when it is none. A text without a zone is UTC, as the session is. -#}
{% macro read_instant(instant_text) -%}
    {{ return(adapter.dispatch('read_instant', 'evermart')(instant_text)) }}
{%- endmacro %}

{% macro default__read_instant(instant_text) -%}
    timezone('UTC', try_cast({{ instant_text }} as timestamptz))
{%- endmacro %}

{% macro spark__read_instant(instant_text) -%}
    cast(try_cast({{ instant_text }} as timestamp) as timestamp_ntz)
{%- endmacro %}


{#- The instant of a text without a zone, which is the local time of the zone beside it; NULL when it is none. -#}
{% macro read_local_instant(instant_text, zone) -%}
    {{ return(adapter.dispatch('read_local_instant', 'evermart')(instant_text, zone)) }}
{%- endmacro %}

{% macro default__read_local_instant(instant_text, zone) -%}
    timezone('UTC', timezone({{ zone }}, try_cast({{ instant_text }} as timestamp)))
{%- endmacro %}

{% macro spark__read_local_instant(instant_text, zone) -%}
    cast(to_utc_timestamp(try_cast({{ instant_text }} as timestamp), {{ zone }}) as timestamp_ntz)
{%- endmacro %}
