-- One row a person or marked activity: the fingerprint of what was known when the
-- associations were made. Kept as int_associated_inputs is; empty is always right.
select
    cast(null as bigint) as subject,
    cast(null as {{ id_type() }}) as user_id,
    cast(null as {{ id_type() }}) as activity_id,
    cast(null as bigint) as facts_hash
where false
