-- Names for the status types where the platform keeps statuses as text, so that one
-- script fills both variants.

create domain program_type as text;
create domain campaign_status as text;
create domain instance_status as text;
create domain enrollment_status as text;
create domain session_type as text;
create domain match_status as text;
create domain progress_status as text;
