"""The verb ``ingest``: triggers that associate activities as they are written.

Their SQL is dbt's, compiled from ``analyses/ingest`` and ``macros/ingest``; this
package puts it in place, takes it away and tells how it does.
"""
