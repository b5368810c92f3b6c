{{ ingest_function('completion') }}
