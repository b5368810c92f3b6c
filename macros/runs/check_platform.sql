{# Stop before anything is built when a table or column is missing that a source
   names: what the project reads is listed in models/staging/_sources.yml. #}
{% macro check_platform() %}
    {% if execute %}
        {% set problems = [] %}
        {% for source in graph.sources.values() | sort(attribute='unique_id') %}
            {% set present = adapter.get_columns_in_relation(api.Relation.create(
                database=source.database, schema=source.schema, identifier=source.identifier
            )) | map(attribute='name') | list %}
            {% if not present %}
                {% do problems.append('table ' ~ source.schema ~ '.' ~ source.identifier ~ ' is missing') %}
            {% else %}
                {% for column in source.columns if column not in present %}
                    {% do problems.append(
                        'column ' ~ source.schema ~ '.' ~ source.identifier ~ '.' ~ column ~ ' is missing'
                    ) %}
                {% endfor %}
            {% endif %}
        {% endfor %}
        {% if problems %}
            {% do exceptions.raise_compiler_error(
                'The platform is not ready: ' ~ problems | join('; ') ~ '. '
                ~ 'Columns program_instance_id and the schema association_ops come with '
                ~ '"campaign-association migrate up"; where the tables are in another schema, '
                ~ 'set the var platform_schema.'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
