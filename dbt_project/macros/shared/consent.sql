{#- What consent is for. -#}

{#- The purpose of a consent whose source names none, and of every campaign. -#}
{% macro default_consent_purpose() -%}
    'marketing'
{%- endmacro %}
