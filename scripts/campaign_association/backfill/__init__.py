"""The verb ``backfill``: associate a part of history and write it back.

The activities in scope are noted once, in chunks (``scope``). dbt associates chunk
by chunk with the incremental models of a run, and the database counts the chunks that
are done: that is the checkpoint. Then they are written back as a run's are.
"""
