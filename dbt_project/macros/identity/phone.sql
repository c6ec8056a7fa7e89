{#- Phone numbers as Google's libphonenumber parses them; `identity_calling_code` holds its numbering plans. `plan` is
    the alias of a row of that seed. The arguments are columns, since they are repeated. -#}

{#- The digits and plus signs of other scripts in ASCII. -#}
{% macro ascii_digits(expression) -%}
translate(
    {{ expression }},
    '０１２３４５６７８９＋٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९',
    '0123456789+012345678901234567890123456789'
)
{%- endmacro %}


{#- What can be dialled of a text: from the first digit or plus sign on, without an extension, a second number and the
    parameters of RFC 3966. Texts of digits and common punctuation, which are most, skip the patterns. -#}
{% macro dialled_part(expression) -%}
{%- set spaces = "[ \u00a0\t,]*" -%}
{%- set figures = "[:.]?[ \u00a0\t,-]*[0-9]+#?" -%}
{%- set extension = '(;ext=[0-9]+'
    ~ '|' ~ spaces ~ '([eE]?[xX][tT]([eE][nN][sS][iI](o|O|ó|Ó)?)?[nN]?|доб|ДОБ|anexo|ANEXO)' ~ figures
    ~ '|' ~ spaces ~ '([xX#~]|int|INT)' ~ figures
    ~ '|[- ]+[0-9]+#'
    ~ '|' ~ spaces ~ '(,,|;)' ~ figures
    ~ '|' ~ spaces ~ ',+' ~ figures ~ ')$' -%}
{%- set rfc3966 = "case when " ~ expression ~ " like '%;phone-context=+%'
    then regexp_extract(" ~ expression ~ ", ';phone-context=([^;]*)', 1)
        || split_part(replace(" ~ expression ~ ", 'tel:', ''), ';phone-context=', 1)
    else regexp_extract(" ~ expression ~ ", '[+0-9].*', 0) end" -%}
{%- set first_number = replace_pattern(
    replace_pattern("split_part(" ~ rfc3966 ~ ", ';isub=', 1)", '[^A-Za-z0-9#]+$', ''), '/ *x.*$', ''
) -%}
case
    when translate({{ expression }}, '0123456789 +-()./', '') = '' then {{ expression }}
    else {{ replace_pattern(first_number, extension, '') }}
end
{%- endmacro %}


{#- True when what can be dialled is a phone number in shape: three digits or more before any letter, and nothing but
    common punctuation between them. -#}
{% macro is_dialable(expression) -%}
{%- set marks = "-xー－―–—‐‑−／ \u00a0\u00ad\u200b\u2060\u3000()（）［］.[:space:]/~⁓∼～*" | replace('[:space:]', '\t') -%}
case
    when translate({{ expression }}, '0123456789 +-()./', '') = ''
        then split_part({{ expression }}, '+', 2) = '' or {{ has_plus(expression) }}
    else regexp_extract({{ expression }}, '^[+]*([{{ marks }}]*[0-9])([{{ marks }}]*[0-9])([{{ marks }}]*[0-9])[{{ marks }}A-Za-z0-9]*$', 0)
        = {{ expression }}
end
{%- endmacro %}


{#- True when what is dialled begins with a plus sign. -#}
{% macro has_plus(expression) -%}
{{ expression }} like '%+%'
and {{ keep_characters("split_part(" ~ expression ~ ", '+', 1)", '0123456789') }} = ''
{%- endmacro %}


{#- The digits of what is dialled; three letters or more stand for the digits of their keys (ITU-T E.161). -#}
{% macro dialled_digits(expression) -%}
case
    when length({{ keep_characters('upper(' ~ expression ~ ')', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') }}) >= 3
        then translate(
            {{ keep_characters('upper(' ~ expression ~ ')', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') }},
            'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '22233344455566677778889999'
        )
    else {{ keep_characters(expression, '0123456789') }}
end
{%- endmacro %}


{#- True when the digits are a whole national number of the plan. -#}
{% macro is_national_number(digits, plan) -%}
regexp_extract({{ digits }}, {{ plan }}.national_pattern, 0) = {{ digits }}
{%- endmacro %}


{#- True when a national number of the plan can have as many digits. -#}
{% macro has_national_length(digits, plan) -%}
' ' || {{ plan }}.national_lengths || ' ' like '% ' || length({{ digits }}) || ' %'
{%- endmacro %}


{#- A national number without what is dialled before it inside the country. A number that is whole as it stands, and
    would not be without its first digits, keeps them. -#}
{% macro without_trunk(digits, plan) -%}
{%- set after_prefix = "substring(" ~ digits ~ ", length(" ~ plan ~ ".trunk_prefix) + 1, 30)" -%}
{%- set after_other = "substring(" ~ digits ~ ", length(" ~ plan ~ ".other_trunk_prefix) + 1, 30)" -%}
{%- set matched = "regexp_extract(" ~ digits ~ ", " ~ plan ~ ".trunk_pattern, 0)" -%}
{%- set after_match = "substring(" ~ digits ~ ", length(" ~ matched ~ ") + 1, 30)" -%}
{%- set rewritten = replace_by_rule(digits, plan ~ '.trunk_pattern', plan ~ '.trunk_rule') -%}
case
    when {{ plan }}.trunk_prefix <> '' and {{ digits }} like {{ plan }}.trunk_prefix || '%'
        then case
            when not {{ plan }}.is_trunk_ambiguous then {{ after_prefix }}
            when
                {{ is_national_number(digits, plan) }}
                and not {{ is_national_number(after_prefix, plan) }}
                then {{ digits }}
            else {{ after_prefix }}
        end
    when {{ plan }}.other_trunk_prefix <> '' and {{ digits }} like {{ plan }}.other_trunk_prefix || '%'
        then case
            when
                {{ is_national_number(digits, plan) }}
                and not {{ is_national_number(after_other, plan) }}
                then {{ digits }}
            else {{ after_other }}
        end
    when {{ plan }}.trunk_pattern <> '' and {{ matched }} <> ''
        then case
            when case
                when {{ plan }}.trunk_group = 1 then regexp_extract({{ digits }}, {{ plan }}.trunk_pattern, 1)
                when {{ plan }}.trunk_group = 2 then regexp_extract({{ digits }}, {{ plan }}.trunk_pattern, 2)
                else ''
            end = ''
                then case
                    when
                        {{ is_national_number(digits, plan) }}
                        and not {{ is_national_number(after_match, plan) }}
                        then {{ digits }}
                    else {{ after_match }}
                end
            when
                {{ is_national_number(digits, plan) }}
                and not {{ is_national_number(rewritten, plan) }}
                then {{ digits }}
            else {{ rewritten }}
        end
    else {{ digits }}
end
{%- endmacro %}
