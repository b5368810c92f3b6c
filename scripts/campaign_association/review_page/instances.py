"""The program instances that a person may choose from: those of the company."""

from datetime import date
from uuid import UUID

import streamlit as st
from psycopg import sql

from campaign_association.review_page.source import Row, Source

# nearest to the date first: those that cover it are at no distance
INSTANCES = sql.SQL(
    """
    select
        cohorts.program_instance_id,
        campaigns.campaign_name,
        campaigns.program_type,
        cohorts.start_date,
        cohorts.end_date
    from {cohorts} as cohorts
    inner join {campaigns} as campaigns using (campaign_id)
    where campaigns.company_id = %(company)s
    order by
        greatest(
            cohorts.start_date - %(day)s::date, %(day)s::date - cohorts.end_date, 0
        ),
        campaigns.campaign_name,
        cohorts.start_date desc,
        cohorts.program_instance_id
    """
)


@st.cache_data(ttl=60, max_entries=200, show_spinner=False)
def company_instances(
    schema: str, company: UUID | None, day: date | None, _source: Source
) -> list[Row]:
    """Return a company's instances, those nearest to a day first; a minute old."""
    query = INSTANCES.format(
        cohorts=_source.internal("int_cohorts"),
        campaigns=_source.public("campaign_metrics"),
    )
    return _source.rows(query, {"company": company, "day": day})
