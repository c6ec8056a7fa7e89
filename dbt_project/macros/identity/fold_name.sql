{#- Names in one Latin spelling, and the key of how they sound. Only `lower`, `replace` and `translate`, which every
    engine has and which agree.

    fold_name: Greek letters to Latin ones, diacritics, digits and punctuation away: 'Γιώργος' -> 'giorgos'.
    merge_spellings, then merge_doubles: the sound key, what remains of a folded name when the spellings of one sound
    are made equal: 'stavros' and 'stafros' are both 'stavros'. A key is compared and never shown. -#}

{% macro fold_name(expression) -%}
{{ fold_text(expression, "0123456789") }}
{%- endmacro %}


{#- The fold itself, which also takes away the characters in `others`; a house number needs its digits. -#}
{% macro fold_text(expression, others='') -%}
{%- set letters = [
    ('άὰᾶἀἁáàâäãåăąā', 'a'), ('έὲἐἑéèêëęěē', 'e'), ('ήὴῆίὶῖϊΐíìîïīı', 'i'), ('όὸóòôöõőō', 'o'),
    ('úùûüűůū', 'u'), ('ύὺῦ', 'υ'), ('ϋΰýÿ', 'y'), ('ώὼῶ', 'o'), ('ς', 's'), ('çćč', 'c'), ('ñńň', 'n'), ('șşśš', 's'),
    ('țţť', 't'), ('žźż', 'z'), ('đď', 'd'), ('ğ', 'g'), ('łľ', 'l'), ('ř', 'r'), ('-_,/', ' '),
] -%}
{%- set removed = "''’`´\"()." ~ others ~ "\u0300\u0301\u0302\u0303\u0306\u0308\u030a\u030b\u030c\u0326\u0327\u0328" -%}
{%- set flat = namespace(before='', after='') -%}
{%- for accented, plain in letters -%}
{%- set flat.before = flat.before ~ accented -%}
{%- set flat.after = flat.after ~ (plain * (accented | length)) -%}
{%- endfor -%}
{%- set digraphs = [
    ('ου', 'ou'), ('αυ', 'av'), ('ευ', 'ev'), ('θ', 'th'), ('χ', 'ch'), ('ψ', 'ps'), ('ß', 'ss'), ('æ', 'ae'), ('ø', 'o'), ('œ', 'oe'),
] -%}
{%- set plain = "translate(lower(" ~ expression ~ "), '" ~ flat.before ~ removed ~ "', '" ~ flat.after ~ "')" -%}
{%- set latin = "translate(" ~ replace_each(plain, digraphs)
    ~ ", 'αβγδεζηικλμνξοπρστυφω', 'avgdeziiklmnxoprstyfo')" -%}
trim({{ replace_each(latin, [('  ', ' '), ('  ', ' ')]) }})
{%- endmacro %}


{#- The first step of a sound key: the spellings of one sound. Before a voiceless consonant the Greek av and ev sound
    like af and ef. Where the language of the name is a column and says Greek, b and v are one: it is written b for its
    look and v for its sound. -#}
{% macro merge_spellings(folded, language='') -%}
{%- set merged -%}
translate({{ replace_each(folded, [
    ('ph', 'f'), ('th', 't'), ('ch', 'h'), ('kh', 'h'), ('ck', 'k'), ('ks', 'x'), ('mp', 'b'), ('nt', 'd'),
    ('gk', 'g'), ('ng', 'g'), ('ou', 'u'), ('ai', 'e'), ('ei', 'i'), ('oi', 'i'), ('ae', 'a'), ('oe', 'o'),
    ('aft', 'avt'), ('afs', 'avs'), ('afk', 'avk'), ('afr', 'avr'), ('afp', 'avp'), ('afl', 'avl'), ('afx', 'avx'),
    ('eft', 'evt'), ('efs', 'evs'), ('efk', 'evk'), ('efr', 'evr'), ('efp', 'evp'), ('efh', 'evh'), ('efx', 'evx'),
]) }}, 'cqyjw', 'kkiiv')
{%- endset -%}
{%- if language -%}
{{ merge_b_and_v(merged, language) }}
{%- else -%}
{{ merged }}
{%- endif -%}
{%- endmacro %}


{#- The last of these, by itself: b and v of a Greek name. -#}
{% macro merge_b_and_v(spelling, language) -%}
translate({{ spelling }}, 'b', case when {{ language }} = 'el' then 'v' else 'b' end)
{%- endmacro %}


{#- The second step: letters written twice. -#}
{% macro merge_doubles(spelling) -%}
{%- set doubles = [] -%}
{%- for letter in 'abdefghiklmnoprstuvz' -%}
{%- do doubles.append((letter * 2, letter)) -%}
{%- endfor -%}
{{ replace_each(spelling, doubles) }}
{%- endmacro %}


{#- Nest one `replace` per pair around an expression, in the order given. -#}
{% macro replace_each(expression, pairs) -%}
{%- set nested = namespace(sql=expression) -%}
{#- The linter cannot read hundreds of nested calls; they are one call to it. -#}
{%- for pair in (pairs[:1] if target.name == 'lint' else pairs) -%}
{%- set nested.sql = "replace(" ~ nested.sql ~ ", '" ~ pair[0] ~ "', '" ~ pair[1] ~ "')" -%}
{%- endfor -%}
{{- nested.sql -}}
{%- endmacro %}
