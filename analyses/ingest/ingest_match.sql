{{ ingest_function('match') }}
