{#- A condition that is true of every row; unknown counts as false. It may stand at a model or at the column that it is about. -#}
{% test holds(model, condition, column_name=none) %}

select *
from {{ model }}
where not coalesce({{ condition }}, false)

{% endtest %}
