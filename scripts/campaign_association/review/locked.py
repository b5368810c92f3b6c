"""Decisions about activities of closed books: a lock wins over them until it is off."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from campaign_association.gates import relation_exists
from campaign_association.review.queue import Activity, keys_of
from campaign_association.target import Target

# the view, not the table behind it: that one reviewers may not read
LOCKED = "int_locked_associations"


def count_locked(
    connection: psycopg.Connection, target: Target, activities: Sequence[Activity]
) -> int:
    """Return how many of the activities are locked."""
    if not relation_exists(connection, target.internal_schema, LOCKED):
        return 0
    query = sql.SQL(
        """
        select count(*)
        from unnest(%(types)s::text[], %(ids)s::uuid[])
            as decided (activity_type, activity_id)
        inner join {locked} as locked using (activity_type, activity_id)
        """
    ).format(locked=sql.Identifier(target.internal_schema, LOCKED))
    row = connection.execute(query, keys_of(activities)).fetchone()
    return row[0] if row else 0
