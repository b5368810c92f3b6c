{% for activity_type in ingested_tables() %}
{{ ingest_triggers(activity_type) }}
{% endfor %}
