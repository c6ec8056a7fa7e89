{#- Reading what people write: the same fold for texts and for the seeds that they are compared with. -#}

{#- Lower-case words without accents, parted by single spaces. Letters of scripts other than Latin and Greek part words. -#}
{% macro fold_words(expression) -%}
    {%- set accented = 'άέήίόύώϊϋΐΰςáàâãäåăąéèêëęíìîïóòôõöőøúùûüűýçñșşțţ' -%}
    {%- set plain = 'αεηιουωιυιυσaaaaaaaaeeeeeiiiiooooooouuuuuycnsstt' -%}
    trim({{ replace_pattern("translate(lower(" ~ expression ~ "), '" ~ accented ~ "', '" ~ plain ~ "')", '[^a-zα-ω0-9]+', ' ') }})
{%- endmacro %}


{#- What a word and a term must share to be compared: the first four letters, all of them where there are fewer. -#}
{% macro word_key(expression) -%}
    substring({{ expression }}, 1, 4)
{%- endmacro %}
