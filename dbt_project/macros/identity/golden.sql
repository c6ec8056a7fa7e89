{#- The attributes of the golden record, in groups that one record gives as a whole: a street of one record and a postcode of
    another would be a place that does not exist. A rule: condition under which the group is complete; a record that gives
    all of it wins over one that gives a part. -#}
{% macro golden_groups() -%}
    {{ return({
        'name': {
            'attributes': ['given_name', 'family_name', 'full_name'],
            'same': 'lower(full_name)',
            'complete': 'given_name is not null and family_name is not null',
            'verified': 'is_identity_checked',
        },
        'email': {'attributes': ['email'], 'same': 'canonical_email', 'verified': 'is_email_verified'},
        'phone': {'attributes': ['phone'], 'verified': 'is_phone_verified'},
        'birth_date': {'attributes': ['birth_date'], 'verified': 'is_identity_checked'},
        'gender': {'attributes': ['gender'], 'verified': 'is_identity_checked'},
        'address': {
            'attributes': ['street', 'house_number', 'postcode', 'city', 'address_country_code'],
            'given': 'coalesce(street, postcode, city) is not null',
            'same': "lower(coalesce(street, '') || '|' || coalesce(house_number, '') || '|' || coalesce(postcode, '')"
                ~ " || '|' || coalesce(city, ''))",
            'complete': 'street is not null and coalesce(postcode, city) is not null',
        },
        'country_code': {'attributes': ['country_code']},
        'language_code': {'attributes': ['language_code']},
    }) }}
{%- endmacro %}


{#- Values as one text: equal texts are equal values. `cast_to`: the type of text, for values that are none. -#}
{% macro golden_text(attributes, cast_to=none) -%}
    {%- for attribute in attributes -%}
    {%- set value = 'cast(' ~ attribute ~ ' as ' ~ cast_to ~ ')' if cast_to else attribute -%}
    {{ " || '|' || " if not loop.first }}coalesce({{ value }}, '')
    {%- endfor -%}
{%- endmacro %}
