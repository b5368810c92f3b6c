"""Appends decisions to ``association_ops.review_decisions``: all of them or none."""

import psycopg
from psycopg import errors

from campaign_association.errors import Refused, WrongUsage
from campaign_association.review.decisions import Decisions
from campaign_association.review.queue import keys_of
from campaign_association.write_runs import primary_message, server_errors

INSERT = """
    insert into association_ops.review_decisions (
        activity_type,
        activity_id,
        decision,
        program_instance_id,
        reviewer,
        reason,
        batch_id
    )
    select
        activity_type,
        activity_id,
        %(decision)s,
        program_instance_id,
        %(reviewer)s,
        %(reason)s,
        %(batch_id)s
    from unnest(%(types)s::text[], %(ids)s::uuid[], %(instances)s::uuid[])
        as decided (activity_type, activity_id, program_instance_id)
    returning decision_id
"""


def record(connection: psycopg.Connection, decisions: Decisions) -> list[int]:
    """Append decisions in one statement, all or none; return their ids.

    Raises :class:`WrongUsage` and :class:`Refused` with what the database has against
    one of them, and :class:`Refused` when somebody decided meanwhile.
    """
    parameters = {
        **keys_of(decisions.activities),
        "instances": list(decisions.instances),
        "decision": decisions.decision,
        "reviewer": decisions.reviewer,
        "reason": decisions.reason,
        "batch_id": decisions.batch_id,
    }
    with server_errors(), connection.transaction():
        try:
            rows = connection.execute(INSERT, parameters).fetchall()
        except (errors.ForeignKeyViolation, errors.CheckViolation) as error:
            raise WrongUsage(_said(error)) from error
        except (
            errors.IntegrityConstraintViolation,
            errors.ObjectNotInPrerequisiteState,
        ) as error:
            raise Refused(_said(error)) from error
        ids = [decision_id for (decision_id,) in rows]
        _refuse_meanwhile(connection, decisions, min(ids))
        return ids


def rehearse(connection: psycopg.Connection, decisions: Decisions) -> None:
    """Raise what :func:`record` would raise; leave no decision behind."""
    with connection.transaction(force_rollback=True):
        record(connection, decisions)


def _refuse_meanwhile(
    connection: psycopg.Connection, decisions: Decisions, first_id: int
) -> None:
    """Raise when an activity's latest decision was not the one the person knew of.

    The trigger lets nobody else insert before the end of this transaction.
    """
    row = connection.execute(
        """
        select
            decided.activity_type,
            decided.activity_id,
            before.decision,
            before.reviewer,
            count(*) over () as total
        from unnest(%(types)s::text[], %(ids)s::uuid[], %(seen)s::bigint[])
            as decided (activity_type, activity_id, seen)
        cross join lateral (
            select *
            from association_ops.review_decisions as earlier
            where earlier.activity_type = decided.activity_type
                and earlier.activity_id = decided.activity_id
                and earlier.decision_id < %(first_id)s
            order by earlier.decision_id desc
            limit 1
        ) as before
        where before.decision_id is distinct from decided.seen
        limit 1
        """,
        {
            **keys_of(decisions.activities),
            "seen": [standing.decision_id for standing in decisions.standings],
            "first_id": first_id,
        },
    ).fetchone()
    if row:
        activity_type, activity_id, decision, reviewer, total = row
        others = f" (and {total - 1:,} others)" if total > 1 else ""
        raise Refused(
            f"{activity_type} {activity_id}{others} was decided meanwhile by "
            f"{reviewer} as {decision}. Nothing was recorded; look again."
        )


def _said(error: psycopg.Error) -> str:
    """Return the database's message and hint, as sentences."""
    message = primary_message(error)
    hint = error.diag.message_hint
    return f"{message[0].upper()}{message[1:]}.{f' {hint}' if hint else ''}"
