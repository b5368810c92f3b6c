-- Variant of platform.sql: tags as text[] in place of a jsonb array.

alter table users alter column tags type text[] using null;
alter table beneficiary_groups alter column tags type text[] using null;
