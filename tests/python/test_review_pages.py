"""The review page's figures: campaigns, quality and calibration, against SQL."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from campaign_association.errors import CommandFailed
from campaign_association.review_page import calibration_figures as calibration
from campaign_association.review_page import campaign_figures as campaigns
from campaign_association.review_page import quality_figures as quality
from campaign_association.review_page.effect import (
    effect_of,
    lines_to_change,
    rules_of,
)
from campaign_association.target import find_target
from conftest import command_environment
from platforms import World, associated_world, copied_world
from review_browser import BOTH_WIDTHS, WIDTHS, for_readme, serious

pytestmark = pytest.mark.slow

STANDS_STILL = """() =>
    document.querySelector('.stApp').dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale=true]')
"""
# what waits is decided by the truth that the platform was made up of; of what is
# automatic with less than 100 points, every second one is rejected
DECIDE = """
insert into association_ops.review_decisions
    (activity_type, activity_id, decision, program_instance_id, reviewer, reason)
select
    queue.activity_type,
    queue.activity_id,
    case
        when truth.program_instance_id is null then 'rejected'
        when truth.program_instance_id = queue.best_program_instance_id then 'accepted'
        else 'reassigned'
    end,
    truth.program_instance_id,
    'kim',
    case when truth.program_instance_id is null then 'no_campaign' end
from analytics.association_review_queue as queue
left join platform_truth.activity_truth as truth using (activity_type, activity_id)
where get_byte(uuid_send(queue.activity_id), 15) % 3 > 0
union all
select activity_type, activity_id, 'rejected', null, 'kim', 'wrong_campaign'
from (
    select *, row_number() over (order by activity_type, activity_id) as place
    from analytics.campaign_associations
    where decision = 'auto' and confidence < 100
) as automatic
where place % 2 = 0
"""


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> Iterator[World]:
    """A copy of the platform after a run that tests share, with decisions since."""
    shared = associated_world(server_folder, tmp_path_factory.getbasetemp())
    with copied_world(shared) as copy:
        world = replace(copy, folder=tmp_path_factory.mktemp("pages"))
        world.execute(DECIDE)
        yield world


@pytest.fixture
def open_page(open_page: Callable[..., Any]) -> Callable[..., Any]:
    """A function that opens one of the pages and waits until all of it is there."""

    def open_at(path: str, width: int) -> Any:
        page = open_page(path, width, height=3000)
        settle(page)
        return page

    return open_at


def settle(page: Any) -> None:
    """Wait until the page stands still; nothing may have gone wrong on it."""
    # what was just done has to begin, and what was replaced to fade
    page.wait_for_timeout(300)
    page.wait_for_function(STANDS_STILL)
    page.wait_for_timeout(500)
    assert page.locator("[data-testid=stException]").count() == 0


def tile(page: Any, label: str) -> str:
    """Return a large figure."""
    found = page.locator("[data-testid=stMetric]").filter(has_text=label)
    return found.first.locator("[data-testid=stMetricValue]").inner_text()


def chart_texts(page: Any) -> list[str]:
    """Return the texts in charts, and what screen readers say of them."""
    charts = page.locator("[data-testid=stVegaLiteChart] svg")
    charts.first.wait_for()
    said = page.locator("[data-testid=stVegaLiteChart][aria-label]")
    return [
        *charts.locator("text").all_text_contents(),
        *(found.get_attribute("aria-label") for found in said.all()),
    ]


# -- campaigns ---------------------------------------------------------------------


@BOTH_WIDTHS
def test_all_campaigns(open_page, world, width):
    page = open_page("campaigns", width)
    (total,) = world.rows(
        """
        select
            count(*) as campaigns,
            sum(activities_confirmed) as confirmed,
            sum(activities_with_pending) as with_pending,
            count(*) filter (where is_near_capacity_confirmed) as near,
            count(*) filter (where is_over_capacity_confirmed) as over,
            count(*) filter (where volunteer_utilisation_confirmed is null) as unknown
        from analytics.campaign_metrics
        """
    )
    assert tile(page, "Campaigns") == str(total["campaigns"])
    assert tile(page, "Activities") == f"{total['confirmed']:,}"
    assert f"confirmed; {total['with_pending']:,} with pending" in page.content()
    assert tile(page, "Nearly full") == f"{total['near']} / {total['over']}"
    assert f"so no basis: {total['unknown']}." in page.inner_text(".stMain")
    fullest = world.rows(
        "select * from analytics.campaign_metrics"
        " where volunteer_utilisation_with_pending is not null"
        " order by volunteer_utilisation_with_pending desc limit 1"
    )[0]
    said = [text for text in chart_texts(page) if fullest["campaign_name"] in text]
    assert any(f"{fullest['volunteer_utilisation_with_pending']:.0%}"[:-1] in text
               for text in said)  # fmt: skip
    assert not serious(page)
    if width == WIDTHS["desk"]:
        bar = page.locator("svg path[aria-roledescription=bar]").first
        bar.click()
        page.wait_for_function("() => location.search.includes('campaign=')")


@BOTH_WIDTHS
def test_one_campaign(open_page, source, world, width, screenshots):
    row = world.rows(
        "select * from analytics.campaign_metrics where sroi_confirmed is not null"
        " and activities_confirmed < activities_with_pending"
        " and target_volunteers is not null order by campaign_id limit 1"
    )[0]
    page = open_page(f"campaigns?campaign={row['campaign_id']}", width)
    assert page.inner_text("h1") == row["campaign_name"]
    assert tile(page, "Activities") == str(row["activities_confirmed"])
    assert tile(page, "Hours") == f"{row['hours_confirmed']:,.1f}"
    assert tile(page, "SROI").split(" to ")[0] == f"{row['sroi_confirmed']:.2f}"
    assert tile(page, "VIS").split(" to ")[0] == f"{row['vis_confirmed']:.1f}"
    gauge = (
        f"of {row['target_volunteers']}, {row['volunteer_utilisation_confirmed']:.0%}"
    )
    assert any(gauge[:-1] in text for text in chart_texts(page))
    both = (row["activities_confirmed"], row["activities_with_pending"])
    come_to = "{1} rows come to {0} to {1} activities.".format(*both)
    assert come_to in page.inner_text(".stMain")
    assert not serious(page)
    if width == WIDTHS["telephone"]:
        return
    page.set_viewport_size({"width": width, "height": 900})
    for_readme(page, screenshots, "review-campaign")
    # a gauge, the SROI and the VIS lead to what they are made of
    page.locator("svg path[aria-roledescription=bar]").first.click()
    page.get_by_text("volunteers, each person once.").wait_for()
    page.get_by_role("button", name="Show its scores").click()
    page.get_by_text("scores behind the social value.").wait_for()
    page.get_by_text("Its volunteers, a row each").click()
    settle(page)
    assert (
        len(campaigns.read_volunteers(source, row["campaign_id"]))
        == (row["volunteers_with_pending"])
    )


def test_no_basis_is_said_and_never_0(open_page, world):
    row = world.rows(
        "select campaign_id from analytics.campaign_metrics"
        " where sroi_with_pending is null and vis_with_pending is null limit 1"
    )[0]
    page = open_page(f"campaigns?campaign={row['campaign_id']}", 390)
    assert (tile(page, "SROI"), tile(page, "VIS")) == ("no basis", "no basis")


def test_a_wrong_id_is_said(open_page):
    page = open_page("campaigns?campaign=4711", 390)
    assert "There is no campaign with the id in the address." in page.content()


def test_evidence_comes_to_the_figures(source, world):
    """Each sum of evidence is the campaign's figure; its pages hold each row once."""
    rows = campaigns.read_campaigns(source)
    largest = sorted(rows, key=lambda row: -row["activities_with_pending"])[:5]
    scored = [row for row in rows if row["valued_scores_with_pending"]][:3]
    for row in [*largest, *scored]:
        for metric in campaigns.EVIDENCE:
            total = campaigns.sum_evidence(source, row["campaign_id"], metric)
            figure = {"social_value_usd": "valued_scores"}.get(metric, metric)
            # money is rounded to cents, half of them up or down
            least = Decimal("0.005") if metric == "investment_usd" else 0
            for scope in ("confirmed", "with_pending"):
                known = row[f"{figure}_{scope}"] or 0
                assert abs(total[scope] - known) <= least, (metric, scope)
    row = largest[0]
    unit, periods = campaigns.read_periods(source, row["campaign_id"])
    found = [
        campaigns.sum_evidence(
            source,
            row["campaign_id"],
            "hours",
            campaigns.Period(unit, day["starts_on"]),
        )["with_pending"]
        for day in periods
    ]
    assert found == [day["hours_confirmed"] + day["hours_pending"] for day in periods]


def test_pages_of_evidence_hold_each_row_once(source, world, monkeypatch):
    monkeypatch.setattr(campaigns, "PAGE_ROWS", 7)
    row = max(
        campaigns.read_campaigns(source), key=lambda row: row["activities_confirmed"]
    )
    size = campaigns.sum_evidence(source, row["campaign_id"], "outcome_scores")["rows"]
    found = [
        (line["activity_id"], line["outcome_score_id"], line["evidence_snippet_id"])
        for page in range(-(-size // 7))
        for line in campaigns.read_evidence(
            source, row["campaign_id"], "outcome_scores", page=page
        )
    ]
    assert len(found) == len(set(found)) == size > 7


# -- quality -----------------------------------------------------------------------


@BOTH_WIDTHS
def test_quality(open_page, source, world, width):
    page = open_page("quality", width)
    assessed = [
        row["decision"]
        for row in world.rows(
            "select decision from analytics.campaign_associations"
            " where company_basis is not null and activity_date <= '2026-06-30'"
        )
    ]
    for label, decision in (("Waiting", "review"), ("Unmatched", "unmatched")):
        share = 100 * assessed.count(decision) / len(assessed)
        assert tile(page, label) == f"{share:.1f} %"
    reasons = Counter(
        row["unmatched_reason"]
        for row in world.rows(
            "select unmatched_reason from analytics.campaign_associations"
            " where decision = 'unmatched'"
        )
    )
    texts = chart_texts(page)
    assert f"no campaign on the date: {reasons['no_campaign_on_date']}" in texts
    assert sum(int(text.rsplit(": ")[1].replace(",", "")) for text in texts
               if re.fullmatch(r"[^:]+: [\d,]+", text)
               ) >= reasons.total()  # fmt: skip
    # a part of a bar of the trend leads to its activities
    page.locator("svg path[aria-roledescription=bar]").first.click()
    settle(page)
    month, count = re.search(
        r"(\w{3} 20\d\d), automatic: ([\d,]+)\n", page.inner_text(".stMain")
    ).groups()
    first = datetime.strptime(month, "%b %Y").date()
    found = quality.read_month(source, first, "automatic")
    assert len(found) == int(count.replace(",", "")) > 0
    page.get_by_label("Rows: activities unmatched").click()
    page.get_by_role("option", name=re.compile("no campaign on the date")).click()
    settle(page)
    drilled = f"no campaign on the date: {reasons['no_campaign_on_date']}"
    page.get_by_text(drilled, exact=True).last.wait_for()
    page.get_by_text("by run", exact=True).click()
    settle(page)
    assert "the last run of that day" in page.inner_text(".stMain")
    assert not serious(page)


def test_every_warning_and_reason_has_its_rows(source):
    warnings = quality.read_warnings(source)
    assert warnings
    for row in warnings:
        assert len(quality.read_warned(source, row["warning"])) == row["places"]
    for decision in quality.REASON_COLUMNS:
        for row in quality.read_reasons(source, decision):
            found = quality.read_activities(source, decision, row["reason"])
            assert len(found) == min(row["activities"], quality.MOST_ROWS)


# -- calibration -------------------------------------------------------------------


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95% interval of a share, by the textbook's formula."""
    z, share = 1.96, hits / trials
    middle = share + z * z / (2 * trials)
    width = z * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    return tuple((middle + sign * width) / (1 + z * z / trials) for sign in (-1, 1))


def decided_by_score(world: World) -> dict[tuple[int, bool], list[bool]]:
    """Return whether each decision about what waited took the rules' proposal."""
    rows = world.rows(
        """
        select
            queue.*,
            decisions.program_instance_id as chosen,
            instances.campaign_id as its,
            associations.is_tied or associations.is_placed_elsewhere as is_doubted
        from analytics.association_review_queue as queue
        inner join association_ops.review_decisions as decisions
            using (activity_type, activity_id)
        inner join analytics.campaign_associations as associations
            using (activity_type, activity_id)
        left join platform.program_instances as instances
            on decisions.program_instance_id = instances.id
        """
    )
    found: dict[tuple[int, bool], list[bool]] = {}
    for row in rows:
        best = row["best_program_instance_id"]
        is_right = row["chosen"] == best if best else row["its"] == row["campaign_id"]
        key = (row["confidence"], row["is_doubted"] or best is None)
        found.setdefault(key, []).append(is_right)
    return found


def test_precision_is_what_people_said(source, world):
    expected = decided_by_score(world)
    found = {
        (row["confidence"], row["is_doubtful"]): row
        for row in calibration.read_precision(source)
        if row["basis"] == "decided"
    }
    assert found.keys() == expected.keys()
    for key, answers in expected.items():
        row, right = found[key], sum(answers)
        assert (row["answers"], row["agreeing"]) == (len(answers), right)
        bounds = (row["agreement_lower"], row["agreement_upper"])
        assert [float(bound) for bound in bounds] == pytest.approx(
            wilson(right, len(answers)), abs=1e-6
        )


def test_half_wrong_below_100_suggests_to_raise_the_threshold(source):
    for target in calibration.TARGETS:
        found = {
            row["setting"]: row
            for row in calibration.read_suggestions(source)
            if row["target_share"] == target
        }
        assert found["auto_threshold"]["value_then"] == 96, target
    row = found["auto_threshold"]
    assert rules_of([row]) == {"auto_threshold": 96}
    assert "auto_threshold: 96    # was 80" in lines_to_change([row])


@BOTH_WIDTHS
def test_calibration(open_page, world, width):
    page = open_page("calibration", width)
    (score, doubtful), answers = max(
        decided_by_score(world).items(), key=lambda pair: len(pair[1])
    )
    low, high = wilson(sum(answers), len(answers))
    kind = (
        "waited, another doubt beside it" if doubtful else "waited for its score alone"
    )
    said = (
        f"score {score}, {kind}: {100 * sum(answers) / len(answers):.1f} % "
        f"({100 * low:.1f} to {100 * high:.1f}) of {len(answers)}"
    )
    assert any(said in text for text in chart_texts(page))
    page.locator("[data-testid=stCode]", has_text="auto_threshold: 96").first.wait_for()
    assert not serious(page)
    # a point leads to the decisions behind it
    page.locator("svg path[aria-roledescription=point]").first.click()
    page.get_by_text("those against the rules first").wait_for()


def test_the_effect_is_asked_of_the_same_database(database, monkeypatch):
    """In a process of its own, which says what keeps it from its work: here, all."""
    for name, value in command_environment(Path("no server"), database).items():
        monkeypatch.setenv(name, value)
    target = find_target(None, None, None, {"as_of_date": "2026-06-30"})
    for name in command_environment(Path("no server"), database):
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    with pytest.raises(CommandFailed, match="Run `campaign-association migrate up`"):
        effect_of(target, {"auto_threshold": 96})


def test_the_effect_counts_every_band_now_and_then():
    """Of eight activities one is automatic no more."""
    page = AppTest.from_function(_effect_page, default_timeout=30).run()
    assert not page.exception
    assert "1 of 8 activities would change" in page.markdown[0].value.replace("**", "")
    bands, decisions = (table.value.to_dict("records") for table in page.dataframe[:2])
    assert [tuple(row.values()) for row in bands] == [
        ("high", 7, 6, -1), ("medium", 1, 2, 1), ("low", 0, 0, 0), ("none", 0, 0, 0),
    ]  # fmt: skip
    assert [tuple(row.values()) for row in decisions] == [
        ("auto", 7, 6, -1), ("review", 1, 2, 1),
    ]  # fmt: skip


def _effect_page() -> None:
    from campaign_association.review_page.effect_report import show_effect

    def change(band: str, then: str, decisions: tuple[str, str], number: int) -> dict:
        return {
            "band_now": band, "band_then": then, "decision_now": decisions[0],
            "decision_then": decisions[1], "activities": number,
        }  # fmt: skip

    show_effect(
        {
            "changed": 1,
            "activities": 8,
            "as_of_date": "2026-06-30",
            "company_and_date_alone": {"is_warned": False},
            "campaigns": [],
            "changes": [
                change("high", "medium", ("auto", "review"), 1),
                change("high", "high", ("auto", "auto"), 6),
                change("medium", "medium", ("review", "review"), 1),
            ],
        }
    )
