-- One row a pair of campaigns that nothing but enrolments tells apart: same company,
-- group tags and status signal, a program type that both take, and days on which both
-- windows are open. Activities of these days tie. Of the two the smaller id comes first.
with

campaigns as (

    select
        *,
        coalesce({{ status_signal('status') }}, 'none') as status_signal
    from {{ ref('int_campaigns') }}
    where is_counting and start_date <= end_date

),

-- activities that wait, since the two are their best candidates and tie
ties as (

    select
        least(campaign_id, runner_up_campaign_id) as campaign_id,
        greatest(campaign_id, runner_up_campaign_id) as other_campaign_id,
        count(*) as activities
    from {{ ref('campaign_associations') }}
    where is_tied and decision = 'review'
    group by
        least(campaign_id, runner_up_campaign_id),
        greatest(campaign_id, runner_up_campaign_id)

),

pairs as (

    select
        campaigns.campaign_id,
        twins.campaign_id as other_campaign_id,
        greatest(campaigns.start_date, twins.start_date) as starts_on,
        least(campaigns.end_date, twins.end_date) as ends_on
    from campaigns
    inner join campaigns as twins
        on
            campaigns.company_id = twins.company_id
            and campaigns.group_tags = twins.group_tags
            and campaigns.status_signal = twins.status_signal
            and campaigns.campaign_id < twins.campaign_id
            and campaigns.start_date <= twins.end_date
            and campaigns.end_date >= twins.start_date
            and (
                campaigns.program_type is null
                or {{ takes_program_type('twins.program_type', 'campaigns.program_type') }}
            )

)

select
    'twin_campaigns' as warning,
    pairs.campaign_id,
    cast(null as {{ id_type() }}) as program_instance_id,
    pairs.other_campaign_id,
    pairs.starts_on,
    pairs.ends_on,
    coalesce(ties.activities, 0) as activities,
    'two campaigns with the same tags and status take the same activities on '
    || {{ span_text('pairs.starts_on', 'pairs.ends_on') }}
    || ': they tie, unless people are enrolled or only one has a cohort' as detail
from pairs
left join ties
    on
        pairs.campaign_id = ties.campaign_id
        and pairs.other_campaign_id = ties.other_campaign_id
