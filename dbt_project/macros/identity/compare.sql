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


{#- The letter that stands for a word's initial, whatever it was spelt with: C for Charalambos or Kostas. -#}
{% macro name_initial(word) -%}
translate(substring({{ word }}, 1, 1), 'cqxhfbvwuyjg', 'kkkkppppuiii')
{%- endmacro %}


{#- What a name may be the beginning of: an initial always, a word in an e-mail address if it is short. -#}
{% macro name_beginning(word, is_from_email) -%}
case
    when length({{ word }}) = 1 then {{ name_initial(word) }}
    when {{ is_from_email }} and length({{ word }}) <= {{ longest_beginning() }} then {{ word }}
end
{%- endmacro %}


{#- Words in e-mail addresses that are longer are whole names. -#}
{% macro longest_beginning() -%}
4
{%- endmacro %}


{#- The uses of words by country, and those in all countries as country ''. That is for records that do not say theirs. -#}
{% macro count_everywhere(cte, word) -%}
select
    country_code,
    {{ word }},
    uses
from {{ cte }}
where country_code is not null
union all
select
    '' as country_code,
    {{ word }},
    cast(sum(uses) as bigint) as uses
from {{ cte }}
group by {{ word }}
{%- endmacro %}


{#- How many names of a country begin with each beginning (see name_beginning), from a CTE of words and their uses. -#}
{% macro count_beginnings(cte, word) -%}
select
    country_code,
    {{ name_initial(word) }} as beginning,
    sum(uses) as uses
from {{ cte }}
group by country_code, {{ name_initial(word) }}
{%- for letters in range(2, longest_beginning() | int + 1) %}
union all
select
    country_code,
    substring({{ word }}, 1, {{ letters }}) as beginning,
    sum(uses) as uses
from {{ cte }}
where length({{ word }}) >= {{ letters }}
group by country_code, substring({{ word }}, 1, {{ letters }})
{%- endfor %}
{%- endmacro %}


{#- How many times 1 has to be doubled to pass a count by: a size that moves seldom while the data grow. -#}
{% macro doublings(count) -%}
cast(floor(ln(coalesce({{ count }}, 1)) / ln(2) + 0.000001) as integer)
{%- endmacro %}


{#- How many times likelier the crossed reading of a name has to be than the one that was written. -#}
{% macro clear_margin() -%}
4
{%- endmacro %}
