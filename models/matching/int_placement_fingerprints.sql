-- One row a beneficiary and view of the placements: the fingerprint of where the
-- beneficiary is placed.
with

placements as (

    select * from {{ ref('int_placements') }}

)

select
    beneficiary_id,
    placement_view,
    {{ set_hash([
        'program_instance_id', 'campaign_id', 'program_type', 'start_date', 'end_date',
        'created_at',
    ]) }} as placements_hash
from placements
group by
    beneficiary_id,
    placement_view
