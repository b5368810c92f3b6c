"""Closed books stay closed through runs of every kind, and open again on demand.

One story on one platform, told in order, since every run takes its time: books are
closed, much is changed, a run and a full refresh go over it, and the books are opened.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from platforms import Key, World, new_world, succeed

pytestmark = pytest.mark.slow

BEFORE = "2026-05-01"
TABLE = "analytics.campaign_associations"
# a row with another id and without our column
COPY_MATCH = """
insert into buddy_matches
select copied.*
from buddy_matches as matches
cross join jsonb_populate_record(
    matches, jsonb_build_object('id', %s::text, 'program_instance_id', null)
) as copied
where matches.id = %s
"""
Rows = dict[Key, dict[str, Any]]


@dataclass
class Story:
    """A platform, what was recorded and held when its books were closed, and what
    changed since: activities deleted, one decided, an instance gone, a late match.
    """

    world: World
    closed: Rows
    held: dict[Key, UUID]
    deleted: set[Key]
    decided: Key
    gone: UUID
    late: UUID


@pytest.fixture(scope="module")
def story(embedded, tmp_path_factory) -> Iterator[Story]:
    """A platform that changed much after its books were closed; run since."""
    with new_world(embedded.params, tmp_path_factory.mktemp("books")) as world:
        succeed(world.command("run"))
        succeed(world.command("lock", BEFORE))
        story = changed(world)
        succeed(world.command("run", "--allow-large-change"))
        yield story


def changed(world: World) -> Story:
    """Change what can move an association, closed or not."""
    closed, held = closed_books(world), world.held()
    sure = [row for row in closed.values() if row["decision"] == "auto"]
    waiting = next(row for row in closed.values() if row["decision"] == "review")
    session = next(row for row in sure if row["activity_type"] == "session")
    match = next(row for row in sure if row["activity_type"] == "match")
    erased, gone = sure[0]["beneficiary_id"], sure[-1]["program_instance_id"]
    late = UUID(int=1)
    with world.connect() as connection:
        connection.execute(
            "delete from kintell_sessions where id = %s", [session["activity_id"]]
        )
        connection.execute("update users set tags = '[]' where id = %s", [erased])
        connection.execute("delete from company_users where user_id = %s", [erased])
        connection.execute("delete from program_enrollments")
        connection.execute("delete from program_instances where id = %s", [gone])
        # some, so that other rules still have something to say
        connection.execute(
            "update campaigns set is_active = false where id in"
            " (select id from campaigns order by id limit 10)"
        )
        connection.execute(
            "insert into association_ops.review_decisions"
            " (activity_type, activity_id, decision, reviewer)"
            " values (%s, %s, 'rejected', 'kim')",
            key_of(waiting),
        )
        connection.execute(COPY_MATCH, [str(late), match["activity_id"]])
        connection.execute(
            "delete from buddy_matches where id = %s", [match["activity_id"]]
        )
    deleted = {key_of(session), key_of(match)}
    return Story(world, closed, held, deleted, key_of(waiting), gone, late)


def key_of(row: dict[str, Any]) -> Key:
    return row["activity_type"], row["activity_id"]


def closed_books(world: World, *others: UUID) -> Rows:
    """Return the associations before the day, but for others, times aside."""
    return {
        key_of(row): row
        for row in world.associations()
        if row["activity_date"]
        and str(row["activity_date"]) < BEFORE
        and row["activity_id"] not in others
    }


def differences(world: World) -> dict[Key, dict[str, Any]]:
    """Return what would be otherwise, and check that lock counts the same."""
    rows = world.rows("select * from analytics.closed_book_differences")
    counted: dict[str, int] = {}
    for row in rows:
        counted[row["difference"]] = counted.get(row["difference"], 0) + 1
    told = json.loads(succeed(world.command("lock", "--json")))
    assert told["differences"] == counted
    return {key_of(row): row for row in rows}


def check_closed(story: Story) -> None:
    """Figures, platform and queue are as they were when the books were closed."""
    assert closed_books(story.world, story.late) == story.closed
    held = story.world.held()
    kept = {
        key: value
        for key, value in story.held.items()
        # the platform's foreign key cannot hold an instance that is gone
        if key in story.closed and value != story.gone and key not in story.deleted
    }
    assert {key: held.get(key) for key in kept} == kept
    queue = story.world.rows("select * from analytics.association_review_queue")
    assert story.closed.keys().isdisjoint(map(key_of, queue))


def test_they_stay_through_a_run(story: Story) -> None:
    check_closed(story)


def test_what_would_be_otherwise_is_listed(story: Story) -> None:
    found = differences(story.world)
    kinds = {key: row["difference"] for key, row in found.items()}
    assert {kinds[key] for key in story.deleted} == {"vanished"}
    assert kinds[story.decided] == "decision"
    assert found[story.decided]["current_decision"] == "rejected"
    assert kinds[("match", story.late)] == "late"
    for key, row in story.closed.items():
        if key not in story.deleted and row["program_instance_id"] == story.gone:
            assert kinds[key] == "rules"


def test_the_late_one_is_associated(story: Story) -> None:
    late = ("match", story.late)
    assert late in closed_books(story.world)
    assert late not in story.closed


def test_a_reviewer_is_told_that_the_lock_holds(story: Story) -> None:
    kind, identifier = story.decided
    options = ("--reviewer", "kim", "--reason", "late", "--again", "--dry-run")
    said = succeed(
        story.world.command("review", "reject", kind, str(identifier), *options)
    )
    assert "in closed books, which stay as they are" in " ".join(said.split())


def test_they_stay_through_a_full_refresh_with_other_rules(story: Story) -> None:
    listed = differences(story.world)
    rules = {"auto_threshold": 100, "review_threshold": 99}
    arguments = ("run", "--allow-large-change", "--full-refresh")
    succeed(story.world.command(*arguments, **rules))
    check_closed(story)
    assert len(differences(story.world)) > len(listed)


def test_what_came_late_can_be_locked_too(story: Story) -> None:
    # the newest build is by other rules, and its associations are what is locked
    assert "1 associations locked" in succeed(story.world.command("lock", BEFORE))
    assert differences(story.world).get(("match", story.late)) is None


def test_opened_books_move(story: Story) -> None:
    succeed(story.world.command("unlock"))
    succeed(story.world.command("run", "--allow-large-change"))
    now = closed_books(story.world)
    assert story.deleted.isdisjoint(now)
    assert now[story.decided]["decision"] == "rejected"
    assert story.gone not in [row["program_instance_id"] for row in now.values()]
    assert not story.world.rows("select * from analytics.closed_book_differences")
