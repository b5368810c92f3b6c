{# Rows have their row in the parent, by all these columns; where one is NULL, none is
   looked for. dbt's own `relationships` takes a single column. #}
{% test in_parent(model, columns, to) %}
    with

    child as (

        select *
        from {{ model }}

    )

    select child.*
    from child
    left join {{ to }} as parent
        on
            {% for column in columns -%}
                child.{{ column }} = parent.{{ column }} {{ "and" if not loop.last }}
            {% endfor %}
    where
        parent.{{ columns[0] }} is null
        {% for column in columns -%}
            and child.{{ column }} is not null
        {% endfor %}
{% endtest %}
