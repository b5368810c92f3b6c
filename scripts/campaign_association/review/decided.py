"""What people decided and did not withdraw."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from campaign_association.gates import relation_exists
from campaign_association.review.queue import Activity, Filters, rows_and_total
from campaign_association.target import Target

CURRENT_DECISIONS = """
    with latest as (
        select distinct on (activity_type, activity_id) *
        from association_ops.review_decisions
        order by activity_type, activity_id, decision_id desc
    )

    select * from latest where decision <> 'withdrawn'
"""


def read_decided(
    connection: psycopg.Connection, target: Target, filters: Filters
) -> tuple[list[dict[str, Any]], int]:
    """Return current decisions, newest first, and how many there are.

    Each with what a person should look at (``warnings``), where dbt has built that
    model, and the company and campaign that the last run gave the activity.
    """
    warnings = sql.SQL("null::text[]")
    if relation_exists(connection, target.schema, "review_decision_warnings"):
        warnings = sql.SQL(
            """
            (
                select array_agg(found.warning || ': ' || found.detail)
                from {warnings} as found
                where found.activity_type = decisions.activity_type
                    and found.activity_id = decisions.activity_id
            )
            """
        ).format(warnings=sql.Identifier(target.schema, "review_decision_warnings"))
    query = sql.SQL(
        """
        select
            decisions.decision_id,
            decisions.activity_type,
            decisions.activity_id,
            decisions.decision,
            decisions.program_instance_id,
            decisions.reviewer,
            decisions.reason,
            decisions.batch_id,
            decisions.decided_at,
            associations.company_id,
            associations.campaign_id,
            {warnings} as warnings,
            count(*) over () as total
        from ({decisions}) as decisions
        left join {associations} as associations
            on decisions.activity_type = associations.activity_type
            and decisions.activity_id = associations.activity_id
        where (%(company)s::uuid is null or associations.company_id = %(company)s)
            and (%(campaign)s::uuid is null or associations.campaign_id = %(campaign)s)
            and (
                %(activity_type)s::text is null
                or decisions.activity_type = %(activity_type)s
            )
            and (%(reason)s::text is null or decisions.reason = %(reason)s)
        order by decisions.decision_id desc
        limit %(limit)s
        """
    ).format(
        warnings=warnings,
        decisions=sql.SQL(CURRENT_DECISIONS),
        associations=sql.Identifier(target.schema, "campaign_associations"),
    )
    return rows_and_total(connection, query, filters)


def read_batch(connection: psycopg.Connection, batch_id: UUID) -> list[Activity]:
    """Return the activities whose current decision is of a batch."""
    query = sql.SQL(
        "select activity_type, activity_id from ({decisions}) as decisions"
        " where batch_id = %s order by decision_id"
    ).format(decisions=sql.SQL(CURRENT_DECISIONS))
    return [Activity(*row) for row in connection.execute(query, [batch_id])]
