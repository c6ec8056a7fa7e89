{#- What two names are compared by, beside their sound keys. A test holds `orchestration/identity/names.py` to the same
    rules. -#}

{#- A folded name without what people spell differently: the sound key. -#}
{% macro sound_key(folded) -%}
{{ merge_doubles(merge_spellings(folded)) }}
{%- endmacro %}


{#- The consonants that survive every transliteration: vowels, and the letters that stand for vowels or for one another in
    Latin spellings of Greek (h and x), are left out. -#}
{% macro name_skeleton(word) -%}
case when length({{ word }}) > 1 then nullif(translate({{ word }}, 'aeiouyhxv', ''), '') end
{%- endmacro %}


{#- The class of the last letter, which carries the gender of a given name: a, o or u (w stands for
    omega, and is v by now), e or i (h stands for eta), or a consonant. -#}
{% macro name_ending(word) -%}
translate(
    substring({{ word }}, length({{ word }}), 1),
    'aouvwieyhbcdfgjklmnpqrstxz',
    'aooooiiiiccccccccccccccccc'
)
{%- endmacro %}


{#- How many times 1 has to be doubled to pass a count by: a size that moves seldom while the data grow. -#}
{% macro doublings(count) -%}
cast(floor(ln(coalesce({{ count }}, 1)) / ln(2) + 0.000001) as integer)
{%- endmacro %}


{#- How many times likelier the crossed reading of a name has to be than the one that was written. -#}
{% macro clear_margin() -%}
4
{%- endmacro %}
