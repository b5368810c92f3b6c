{{ ingest_function('session') }}
