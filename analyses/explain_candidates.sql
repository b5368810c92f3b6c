-- The campaigns that are eligible for one activity, best first, with the signals and
-- points that rank them. Compiled by the command explain: macros/runs/explaining.
with

ranked as (

    select * from {{ ref('int_ranked_campaigns') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

described as (

    select
        ranked.*,
        campaigns.company_id,
        campaigns.status as campaign_status,
        campaigns.start_date as campaign_start_date,
        campaigns.end_date as campaign_end_date,
        campaigns.window_text as campaign_window
    from ranked
    inner join campaigns
        on ranked.campaign_id = campaigns.campaign_id

),

explained as (

    select
        described.*,
        {{ band('described.confidence') }} as band,
        {{ match_reasons('described') }} as match_reasons
    from described

)

select
    candidate_rank,
    campaign_id,
    company_id,
    program_instance_id,
    confidence,
    band,
    points_company,
    points_date,
    points_group,
    points_status,
    points_instance,
    match_reasons,
    group_signal,
    shared_tags,
    evidence_tag_count,
    group_tag_count,
    tag_similarity,
    campaign_status,
    campaign_start_date,
    campaign_end_date,
    is_placed,
    is_tied,
    cohort_ambiguous,
    margin
from explained
order by candidate_rank
