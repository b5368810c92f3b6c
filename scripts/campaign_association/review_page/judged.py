"""What a second reviewer judges: decisions of others that still stand."""

from dataclasses import dataclass

from psycopg import sql

from campaign_association.review.queue import latest_decision_of
from campaign_association.review.siblings import DECIDED
from campaign_association.review_page.source import Source

# why a second reviewer decides: decisions with this reason are compared with the first
SECOND_REVIEW = "second_review"
# why they decide as the first one did: they took their own opinion back
FIRST_OPINION = "first_opinion"

# Rows like those of the queue, whichever run they waited in last: an activity that is
# decided leaves the queue, so its candidates are those that its reviewer was shown.
# A decision whose instance is gone stands no longer, until somebody decides anew.
JUDGED = sql.SQL(
    """
    select
        queue.activity_type,
        queue.activity_id,
        queue.activity_date,
        queue.beneficiary_id,
        queue.company_id,
        coalesce(shown.campaign_id, queue.campaign_id) as campaign_id,
        shown.best_program_instance_id,
        coalesce(shown.confidence, queue.confidence) as confidence,
        shown.review_reason,
        shown.candidates,
        null::text[] as steps_to_auto,
        decisions.decision_id,
        decisions.reviewer,
        decisions.reason as decided_because,
        decisions.decision as first_decision,
        decisions.program_instance_id as first_instance,
        decisions.decision <> 'withdrawn'
        and (
            queue.review_reason is distinct from 'stale_decision'
            or decisions.decided_at >= queue.associated_at
        ) as is_decided
    from {associations} as queue
    cross join lateral ({latest}) as decisions
    left join {shown} as shown
        on queue.activity_type = shown.activity_type
        and queue.activity_id = shown.activity_id
    where {among}
    """
)
# a share of what others decided, the same for everybody
SAMPLED = sql.SQL(
    """
    is_decided
    and (hashtext(activity_id::text) & 2147483647) %% 100 < %(share)s
    and decided_because is distinct from %(second)s
    and (reviewer <> %(reviewer)s or decided_because = %(first)s)
    """
)


@dataclass(frozen=True)
class Sample:
    """Which decisions a second reviewer judges anew: a share of those of others."""

    reviewer: str
    share: int

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of :data:`SAMPLED`."""
        return {
            "reviewer": self.reviewer,
            "share": self.share,
            "second": SECOND_REVIEW,
            "first": FIRST_OPINION,
        }


def judged_of(source: Source, among: sql.Composable = DECIDED) -> sql.Composed:
    """Return the query for decided activities, as rows of a queue.

    ``among`` is a condition on associations, as ``queue``.
    """
    return JUDGED.format(
        associations=source.public("campaign_associations"),
        shown=source.internal("int_review_scores"),
        latest=latest_decision_of("queue"),
        among=among,
    )
