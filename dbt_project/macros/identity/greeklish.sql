{#- Greek as it is typed on a Latin keyboard, letter by look: 8essalonikh, Dhmhtrhs, Xristos, Giwrgos. Only for records
    of a Greek-speaking country or language: elsewhere the same letters mean what they say. Takes and gives lower case.

    8 and 9 are theta, 3 is xi, 4 is psi, w is omega, oy is ou. h is eta where it stands between consonants or ends a word behind
    one; it is chi before a vowel, and belongs to th, ch, ph and kh. x is chi before r and in the commonest beginnings,
    else xi. u behind a or e is the v of Pavlos and Evi. What a letter cannot decide, nicknames and scores do. -#}
{% macro fold_greeklish(expression) -%}
{{ fold_greeklish_words(expression, digits='89340', letters='θθξψο') }}
{%- endmacro %}


{#- The same where digits are numbers, as in a street. -#}
{% macro fold_greeklish_words(expression, digits='', letters='') -%}
{%- set spelt = replace_each("translate(" ~ expression ~ ", '" ~ digits ~ "w', '" ~ letters ~ "ω')", [
    ('oy', 'ou'), ('xr', 'chr'), ('xatz', 'chatz'), ('mixa', 'micha'), ('xara', 'chara'), ('xari', 'chari'), ('hh', 'hi'),
]) -%}
{%- set eta = '([bdfgjlmnrsvxzθξψ])h([bdfgjklmnprstvxzθξψ ]|$)' -%}
{%- set patterns = [
    (eta, '\\1i\\2'), (eta, '\\1i\\2'), ('([kp])h(s| |$)', '\\1i\\2'), ('ths( |$)', 'tis\\1'), ('(^| )h([bdfgklmnpstvxz])', '\\1i\\2'),
    ('([ai])hl( |$)', '\\1il\\2'), ('([oω])h( |$)', '\\1i\\2'), ('([ae])u([a-zθξψοω])', '\\1v\\2'),
] -%}
{%- set folded = namespace(sql=spelt) -%}
{%- for pattern, replacement in patterns -%}
{%- set folded.sql = replace_pattern(folded.sql, pattern, replacement) -%}
{%- endfor -%}
case
    when translate({{ expression }}, '{{ digits }}wxhuy', '') = {{ expression }} then {{ expression }}
    else {{ folded.sql }}
end
{%- endmacro %}
