"""Set-ups and decisions to look at: a spoilt platform yields every kind of warning."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from platforms import World, new_world, succeed

pytestmark = pytest.mark.slow

# decisions that the platform then pulls the ground from under
DECIDE = """
    insert into association_ops.review_decisions (
        activity_type, activity_id, decision, program_instance_id, reviewer
    )
    select distinct on (program_instance_id)
        activity_type, activity_id, 'accepted', program_instance_id, 'kim'
    from analytics.campaign_associations
    where decision = 'auto'
    order by program_instance_id, activity_id
    limit 2
"""
# one mistake a campaign, the campaigns with most activities first
SPOIL = """
    create temp table victims as
    select campaign_id, row_number() over (order by count(*) desc) as place
    from analytics.campaign_associations
    where group_signal in ('group_exact', 'group_partial') and campaign_id not in (
        select instances.campaign_id from association_ops.review_decisions
        inner join program_instances as instances on program_instance_id = instances.id
    )
    group by campaign_id;
    create function pg_temp.victim(number integer) returns uuid
    language sql return (select campaign_id from victims where place = number);

    delete from program_instances
    where id = (
        select program_instance_id from association_ops.review_decisions
        order by decision_id limit 1
    );
    update program_instances set status = 'paused'
    where id = (
        select program_instance_id from association_ops.review_decisions
        order by decision_id desc limit 1
    );
    delete from program_enrollments where program_instance_id in (
        select id from program_instances where campaign_id = pg_temp.victim(1)
    );
    insert into program_instances (name, campaign_id, start_date, end_date, status)
    select 'Parallel', campaign_id, start_date, end_date, status
    from program_instances where campaign_id = pg_temp.victim(1);

    update beneficiary_groups set tags = '["nobody has this"]' where id = (
        select beneficiary_group_id from campaigns where id = pg_temp.victim(2)
    );
    update program_instances set status = 'paused'
    where campaign_id = pg_temp.victim(3);
    update program_instances set start_date = start_date - 1
    where campaign_id = pg_temp.victim(4);
    update program_instances set start_date = end_date + 1
    where campaign_id = pg_temp.victim(5);
    update campaigns set program_template_id = null where id = pg_temp.victim(6);
    update campaigns set start_date = end_date, end_date = start_date
    where id = pg_temp.victim(7);
"""
VICTIMS = {
    "parallel_cohorts": 1,
    "unmatchable_group": 2,
    "window_without_instance": 3,
    "instance_outside_window": 4,
    "instance_reversed": 5,
    "template_without_type": 6,
    "window_reversed": 7,
}
TRUE_TWINS = """
    select least(one.id, other.id) as campaign_id,
        greatest(one.id, other.id) as other_campaign_id
    from campaigns as one
    inner join campaigns as other using (
        company_id, program_template_id, beneficiary_group_id, start_date, end_date
    )
    where one.id < other.id
        and one.status <> 'draft' and other.status <> 'draft'
        and one.status = other.status
        and one.is_active and other.is_active
"""


@pytest.fixture(scope="module")
def spoilt(embedded, tmp_path_factory) -> Iterator[tuple[World, dict[str, Any], Any]]:
    """A platform spoilt after a run, what the next run reports, and the victims."""
    folder = tmp_path_factory.mktemp("warnings")
    with new_world(embedded.params, folder) as world:
        succeed(world.command("run"))
        with world.connect() as connection:
            connection.execute(DECIDE)
            connection.execute(SPOIL)
            victims = dict(
                connection.execute("select place, campaign_id from victims").fetchall()
            )
        # the points of company and date reach this threshold
        said = world.command("run", "--json", "--allow-large-change", auto_threshold=75)
        yield world, json.loads(succeed(said)), victims


@pytest.mark.parametrize("warning", VICTIMS)
def test_mistake_is_named_where_it_was_made(spoilt, warning):
    world, _, victims = spoilt
    found = world.rows(
        f"select * from analytics.campaign_setup_warnings where warning = '{warning}'"  # noqa: S608 (our names)
    )
    assert victims[VICTIMS[warning]] in {row["campaign_id"] for row in found}


def test_true_twins_are_named(spoilt):
    world, _, _ = spoilt
    named = {
        (row["campaign_id"], row["other_campaign_id"])
        for row in world.rows("table analytics.campaign_setup_warnings")
        if row["warning"] == "twin_campaigns"
    }
    true = {tuple(row.values()) for row in world.rows(TRUE_TWINS)}
    assert true <= named
    assert named


def test_decisions_without_ground_are_named(spoilt):
    world, _, _ = spoilt
    rows = world.rows("table analytics.review_decision_warnings")
    decisions = {
        row["activity_id"]: (row["decision"], row["review_reason"])
        for row in world.associations()
    }
    found = {row["warning"]: decisions[row["activity_id"]] for row in rows}
    assert len(rows) == 2
    assert found == {
        "instance_missing": ("review", "stale_decision"),
        "instance_not_covering": ("accepted", None),
    }


def test_run_reports_warnings_and_writes_all_the_same(spoilt):
    world, report, _ = spoilt
    counted = {
        (row["model"], row["warning"]): row["warnings"] for row in report["warnings"]
    }
    for model in ("campaign_setup_warnings", "review_decision_warnings"):
        rows = world.rows(
            f"select warning, count(*) as n from analytics.{model} group by 1"  # noqa: S608
        )
        own = {kind: n for (name, kind), n in counted.items() if name == model}
        assert own == {row["warning"]: row["n"] for row in rows}
    assert counted["campaign_setup_warnings", "weak_points"] == 1
    assert report["write_back"]["written"] > 0
