{#- Whether two names may belong to one person. `orchestration/identity/names.py` applies the same rule when it
    clusters; a test holds the two together.

    words_agree: equal sound keys, an initial of the other, a short form of at least three letters that the other goes
    on from by at least three (Alex, Alexandros; Gabriel and Gabriela stay two), or one edit apart in a word of at least five letters whose
    last letters are equal (the last letter carries the gender: Mario is not Maria).
    names_agree: the given names agree, or given and family name agree crosswise (Hungarian order, swapped fields).
    What is not known agrees with everything. -#}

{% macro words_agree(a, b) -%}
(
    {{ a }} is null or {{ b }} is null or {{ a }} = {{ b }}
    or ((length({{ a }}) = 1 or length({{ b }}) = 1) and substring({{ a }}, 1, 1) = substring({{ b }}, 1, 1))
    or (
        least(length({{ a }}), length({{ b }})) >= 3
        and abs(length({{ a }}) - length({{ b }})) >= 3
        and substring({{ a }}, 1, least(length({{ a }}), length({{ b }})))
        = substring({{ b }}, 1, least(length({{ a }}), length({{ b }})))
    )
    or (
        length({{ a }}) >= 5 and length({{ b }}) >= 5
        and substring({{ a }}, length({{ a }}), 1) = substring({{ b }}, length({{ b }}), 1)
        and levenshtein({{ a }}, {{ b }}) <= 1
    )
)
{%- endmacro %}


{% macro names_agree(given_a, family_a, given_b, family_b) -%}
(
    {{ words_agree(given_a, given_b) }}
    or (
        {{ given_a }} is not null and {{ given_b }} is not null
        and {{ family_a }} is not null and {{ family_b }} is not null
        and {{ words_agree(given_a, family_b) }}
        and {{ words_agree(family_a, given_b) }}
    )
)
{%- endmacro %}
