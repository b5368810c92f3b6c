-- One row a company with campaigns that count: the fingerprint of all in them that can
-- change an association.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

cohorts as (

    select
        campaign_id,
        {{ set_hash([
            'program_instance_id', 'covering_instances', 'valid_from', 'valid_to',
        ]) }} as cohorts_hash
    from {{ ref('int_cohort_windows') }}
    where beneficiary_id is null
    group by campaign_id

)

select
    campaigns.company_id,
    {{ set_hash([
        'campaigns.campaign_id', 'campaigns.status', 'campaigns.program_type',
        'campaigns.group_tags', 'campaigns.start_date', 'campaigns.end_date',
        'cohorts.cohorts_hash',
    ]) }} as campaigns_hash
from campaigns
left join cohorts
    on campaigns.campaign_id = cohorts.campaign_id
group by campaigns.company_id
