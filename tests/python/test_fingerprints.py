"""What fingerprints tell apart: the months that an edit matters to, and activities."""

from collections.abc import Iterator

import pytest

from campaign_association.demo.platform import create_platform
from campaign_association.server import Server
from conftest import new_database
from platforms import World, succeed

pytestmark = pytest.mark.slow

# of one of two campaigns, A from January to February and B in April and May: what is
# edited, and the months from first to last that it matters to
EDITS = [
    ("A", "status = 'completed'", "2026-01", "2026-02"),
    # as far as no other window is nearer
    ("A", "end_date = '2026-02-25'", "2026-01", "2026-05"),
    ("B", "start_date = '2026-04-20'", "2026-01", "2026-05"),
    ("B", "end_date = '2026-06-02'", "2026-04", "2026-06"),
    # the oldest month stands for all before
    ("A", "start_date = '2026-01-01'", "2021-06", "2026-02"),
    # a window that ends before it starts is near to nothing, but there
    ("B", "end_date = '2026-01-01'", "2021-06", "2026-06"),
]
CAMPAIGNS = """
insert into companies (id, name)
select lpad(number::text, 32, '0')::uuid, number::text
from generate_series(1, 9) as number;
insert into campaigns (name, company_id, start_date, end_date, status)
select campaigns.name, companies.id, start_date::date, end_date::date, 'active'
from companies
cross join (
    values ('A', '2026-01-10', '2026-02-20'), ('B', '2026-04-15', '2026-05-31')
) as campaigns (name, start_date, end_date);
"""
# so many that hashes of 32 bits would have ten pairs of equal ones
SESSIONS = """
insert into kintell_sessions (session_type, participant_id, volunteer_id, scheduled_at)
select
    'language', lpad('1', 32, '0')::uuid, lpad('2', 32, '0')::uuid,
    timestamptz '2026-02-01 12:00+00'
from generate_series(1, 300000);
"""
FINGERPRINTS = """
select
    companies.name::integer as company, to_char(campaign_month, 'YYYY-MM') as month,
    campaigns_hash
from analytics_internal.int_company_fingerprints
inner join companies on company_id = companies.id
"""


@pytest.fixture(scope="module")
def world(
    embedded: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A platform with two campaigns for each edit, in a company of their own."""
    with new_database(embedded.params) as params:
        world = World(params, tmp_path_factory.mktemp("fingerprints"))
        with world.connect() as connection:
            create_platform(connection, world.schema)
        succeed(world.command("migrate", "up"))
        world.execute(CAMPAIGNS)
        yield world


def fingerprints(world: World) -> dict[tuple[int, str], int]:
    """Return them by company and month."""
    succeed(world.dbt("run", "--select", "+int_company_fingerprints"))
    return {
        (row["company"], row["month"]): row["campaigns_hash"]
        for row in world.rows(FINGERPRINTS)
    }


def test_only_months_it_matters_to_change(world: World) -> None:
    before = fingerprints(world)
    for company, (name, change, _, _) in enumerate(EDITS, start=1):
        world.execute(
            f"update campaigns set {change} where name = '{name}'"  # noqa: S608 (ours)
            f" and company_id = lpad('{company}', 32, '0')::uuid"
        )
    after = fingerprints(world)

    assert before.keys() == after.keys()
    months = {month for _, month in after}
    assert (min(months), max(months)) == ("2021-06", "2026-06")
    for company, (_, change, first, last) in enumerate(EDITS, start=1):
        changed = {
            month for month in months if after[company, month] != before[company, month]
        }
        assert changed == {month for month in months if first <= month <= last}, change


def test_no_two_activities_have_one_fingerprint(world: World) -> None:
    world.execute(SESSIONS)
    succeed(world.dbt("seed"))
    succeed(world.dbt("run", "--select", "+int_activities_to_score"))
    scored = "from analytics_internal.int_activities_to_score"
    assert world.value(f"select count(*) {scored}") == 300_000
    assert world.value(f"select count(distinct own_hash) {scored}") == 300_000
