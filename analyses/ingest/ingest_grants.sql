{{ ingest_grants() }}
