{# What is in a schema on Spark. Spark cannot show tables of Iceberg's catalogs in detail,
   and dbt would ask for each of them by itself, then take views for tables. The texts are
   what dbt looks for. #}
{% macro spark__list_relations_without_caching(relation) %}
    {% set found = [] %}
    {% if adapter.check_schema_exists(relation.database, relation.schema) %}
        {% for kind, information in {
            'views': 'Type: VIEW', 'tables': 'Type: TABLE\nProvider: iceberg',
        }.items() %}
            {% for row in run_query('show ' ~ kind ~ ' in ' ~ relation.schema) %}
                {% do found.append((relation.schema, row[1], false, information)) %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}
