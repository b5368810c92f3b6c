-- One row an activity: the fingerprints of its own row and of all that its association was
-- computed from.
-- Only the empty table is made here, by a first or full refresh. It is filled at the
-- end of an invocation that carried the inputs through to all that depends on them
-- (macro record_associated_inputs), and rows go with the association of an activity that
-- vanished. Whatever is not recorded is scored again: empty is always right.
select
    cast(null as {{ dbt.type_string() }}) as activity_type,
    cast(null as {{ id_type() }}) as activity_id,
    cast(null as bigint) as own_hash,
    cast(null as bigint) as input_hash
where false
