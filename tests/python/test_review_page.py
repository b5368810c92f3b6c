"""The review page in a browser: every deed, by keys, on a desk and on a telephone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from campaign_association.cli import main
from campaign_association.review.queue import Filters
from campaign_association.review_page.agreement import read_agreement
from campaign_association.review_page.items import read_page
from conftest import command_environment
from platforms import World, associated_world, copied_world
from review_browser import BOTH_WIDTHS, RUNS, WIDTHS, for_readme, serious

pytestmark = pytest.mark.slow

NEXT = "shown => document.querySelector('.ask')?.dataset.shown !== shown"
# how much bob.c decided last
SAMPLED = """
    select count(*) from (
        select distinct on (activity_type, activity_id) *
        from association_ops.review_decisions
        order by activity_type, activity_id, decision_id desc
    ) as latest
    where reviewer = 'bob.c' and decision <> 'withdrawn'
"""
TOP = (
    "select * from association_ops.review_decisions order by decision_id desc limit {}"
)


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> Iterator[World]:
    """A copy of the platform after a run, whose personal texts all bear a mark."""
    shared = associated_world(server_folder, tmp_path_factory.getbasetemp())
    with copied_world(shared) as world:
        yield world


def press(page: Any, *keys: str) -> None:
    """Press keys that bring something else to the top, one after the other."""
    page.wait_for_selector(".ask")
    assert page.locator(".st-key-deeds button").count()
    for key in keys:
        shown = page.get_attribute(".ask", "data-shown")
        page.keyboard.press(key)
        page.wait_for_function(NEXT, arg=shown)
        # a key that comes while the page is still being drawn may meet what was before
        page.wait_for_selector(RUNS)


def left(page: Any) -> int:
    """Return how many questions the page says are left."""
    return int(page.inner_text("[data-left]").replace(",", ""))


def last(world: World, number: int = 1) -> list[dict[str, Any]]:
    """Return the newest decisions, newest first."""
    return world.rows(TOP.format(number))


def asked_about(page: Any) -> set[str]:
    """Return the ids of the activities that the item on top lists."""
    found = page.inner_text('[aria-label="Activities"]')
    return set(re.findall(r"(?:session|match|completion)\s+\S+\s+\S+\s+(\S+)", found))


# -- the queue ------------------------------------------------------------------------


def test_the_queue_is_every_activity_once(source, world):
    """Page after page, each undecided activity is in one item, the weightiest first."""
    found, after = [], None
    while True:
        page = read_page(source, Filters(), after, 7)
        if not page.items:
            break
        found += page.items
        after = page.items[-1].place
    keys = [activity for item in found for activity in item.activities]
    waiting = world.value(
        """
        select count(*) from analytics.association_review_queue as queue
        where not exists (
            select from association_ops.review_decisions as decisions
            where decisions.activity_id = queue.activity_id
        )
        """
    )
    assert len(keys) == len(set(keys)) == waiting
    sizes = [len(item.rows) for item in found]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1
    for item in found:
        assert len({row["beneficiary_id"] for row in item.rows}) == 1
        assert len({row["best_program_instance_id"] for row in item.rows}) == 1


@BOTH_WIDTHS
def test_from_start_to_end_by_keys_alone(open_page, world, width, screenshots):
    page = open_page("?confidence=80-100", width=width)
    page.wait_for_selector(".ask")
    assert "token" not in page.url
    if width == WIDTHS["desk"]:
        for_readme(page, screenshots, "review-queue")
    start, (at_first,) = left(page), last(world) or [{"decision_id": 0}]

    # several activities of a person at once, and back as one
    ids = asked_about(page)
    press(page, "a")
    rows = last(world, len(ids))
    assert {str(row["activity_id"]) for row in rows} == ids
    assert {(row["decision"], row["reviewer"]) for row in rows} == {
        ("accepted", "ann.b")
    }
    assert len(ids) == 1 or len({row["batch_id"] for row in rows}) == 1
    assert left(page) == start - 1
    press(page, "u")
    rows = last(world, len(ids))
    assert {row["decision"] for row in rows} == {"withdrawn"}
    assert (asked_about(page), left(page)) == (ids, start)

    # each on its own
    if len(ids) > 1:
        press(page, "o")
        assert len(asked_about(page)) == 1
        press(page, "n")
        (alone,) = asked_about(page)
        press(page, "a")
        assert str(last(world)[0]["activity_id"]) == alone
        assert left(page) == start
        # with one left there is nothing to put together
        if len(ids) > 2:
            press(page, "o")
        assert asked_about(page) == ids - {alone}

    # rejected, with the second of the reasons
    page.keyboard.press("e")
    page.wait_for_selector('.st-key-reject_as input[value^="Private"]')
    rest = asked_about(page)
    press(page, "x")
    rows = last(world, len(rest))
    assert {(row["decision"], row["reason"]) for row in rows} == {
        ("rejected", "private_activity")
    }

    # another instance of the company, looked for by typing
    page.keyboard.press("m")
    page.wait_for_selector(".st-key-instance input:focus")
    page.keyboard.type("20")
    page.wait_for_selector('[role="option"]')
    page.keyboard.press("ArrowDown")
    shown = page.get_attribute(".ask", "data-shown")
    moved = asked_about(page)
    page.keyboard.press("Enter")
    page.wait_for_function(NEXT, arg=shown)
    chosen = last(world)[0]
    assert str(chosen["activity_id"]) in moved
    assert chosen["decision"] in ("accepted", "reassigned")
    companies = world.rows(
        f"""
        select instances.id from program_instances as instances
        inner join campaigns on instances.campaign_id = campaigns.id
        inner join analytics.campaign_associations as associations
            on campaigns.company_id = associations.company_id
        where associations.activity_id = '{chosen["activity_id"]}'
        """  # noqa: S608 (an id of ours)
    )
    assert chosen["program_instance_id"] in [row["id"] for row in companies]

    # skipped: nothing is recorded
    before = last(world)
    page.keyboard.press("Escape")
    press(page, "s")
    assert last(world) == before
    assert at_first["decision_id"] < before[0]["decision_id"]
    assert not serious(page)


def test_ranges_include_both_ends(source, world):
    """Of scores and of days of age; an end that is left out is none."""
    rows = world.rows(
        "select activity_id, confidence, current_date - activity_date as age"
        " from analytics.association_review_queue as queue where not exists ("
        " select from association_ops.review_decisions as decisions"
        " where decisions.activity_id = queue.activity_id)"
        " and activity_date is not null"
    )
    scores, ages = ([row[name] for row in rows] for name in ("confidence", "age"))
    youngest, oldest = sorted(ages)[len(ages) // 4], sorted(ages)[len(ages) // 2]
    filters = Filters(
        min_confidence=min(scores),
        max_confidence=sorted(set(scores))[-2],
        older_than=youngest - 1,
        newer_than=oldest + 1,
    )
    expected = {
        row["activity_id"]
        for row in rows
        if min(scores) <= row["confidence"] < max(scores)
        and youngest <= row["age"] <= oldest
    }
    page = read_page(source, filters, None, 10_000)
    found = {key.activity_id for item in page.items for key in item.activities}
    assert found == expected
    assert 0 < len(found) < len(rows)


def test_filters_are_in_the_link(open_page, world, screenshots):
    page = open_page("?type=match&reason=tied_candidates&confidence=60-&age=-9999")
    page.wait_for_selector(".ask")
    for_readme(page, screenshots, "review-candidates")
    kinds = re.findall(
        r"(session|match|completion)\s+20", page.inner_text("table >> nth=-1")
    )
    assert set(kinds) == {"match"}
    page.get_by_label("Activity type").click()
    page.get_by_role("option", name="session").click()
    page.wait_for_function("() => location.search.includes('type=session')")
    assert "reason=tied_candidates" in page.url
    assert page.get_by_label("Days old, to").input_value() == "9999"
    page.get_by_label("Confidence, from").fill("100")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('confidence=100-')")
    page.get_by_label("Confidence, to").fill("99")
    page.keyboard.press("Enter")
    page.get_by_text("From 100 to 99 there is nothing.").wait_for()
    page.get_by_text("Nothing is left here.").wait_for()
    assert "confidence=100-99" in page.url and "age=-9999" in page.url


def test_blind_shows_neither_scores_nor_order(open_page):
    page = open_page()
    page.wait_for_selector(".waterfall")
    page.wait_for_selector(".st-key-blind_or_not button")
    page.keyboard.press("b")
    page.wait_for_selector("text=Which of these campaigns, if any?")
    text = page.inner_text("main, .stMain")
    for word in ("The score", "Best of", "Accept the best", "Behind", "+30"):
        assert word not in text
    campaigns = page.locator(".card .ids code:first-child").all_inner_texts()
    assert campaigns == sorted(campaigns)
    press(page, "s")


def test_somebody_else_was_faster(open_page, world):
    """What lies on the desk may have been decided: it says so, and nothing is lost."""
    page = open_page()
    page.wait_for_selector(".ask")
    ids = asked_about(page)
    for kind, activity_id in _keys(world, ids):
        decided = CliRunner().invoke(
            main,
            [
                *("review", "reject", kind, str(activity_id)),
                *("--reason", "entered_twice", "--reviewer", "bob.c", "--yes"),
                *world.vars_option({}),
            ],
            env=command_environment(world.folder, world.params),
        )
        assert decided.exit_code == 0, decided.output
    count = world.value("select count(*) from association_ops.review_decisions")
    press(page, "a")
    said = page.inner_text(".notices")
    assert "bob.c" in said and "meanwhile" in said
    assert not asked_about(page) & ids
    assert world.value("select count(*) from association_ops.review_decisions") == count


def _keys(world: World, ids: set[str]) -> list[tuple[str, str]]:
    rows = world.rows("select * from analytics.association_review_queue")
    return [
        (row["activity_type"], row["activity_id"])
        for row in rows
        if str(row["activity_id"]) in ids
    ]


# -- bulk, second review, decisions ----------------------------------------------------


@BOTH_WIDTHS
def test_bulk_is_previewed_recorded_and_undone_as_one(open_page, world, width):
    page = open_page("bulk?type=completion", width=width)
    page.wait_for_selector(".st-key-preview button")
    count = world.value("select count(*) from association_ops.review_decisions")
    page.keyboard.press("p")
    page.wait_for_selector('[aria-label="Figures before and after"]')
    assert world.value("select count(*) from association_ops.review_decisions") == count
    label = page.inner_text(".st-key-decide_bulk")
    number = int(re.search(r"Decide about ([\d,]+)", label)[1])
    # what the figures gain is what is decided: it was pending, and is confirmed
    cells = page.locator('[aria-label="Figures before and after"] td:nth-child(2)')
    gains = [re.findall(r"[\d,]+", text) for text in cells.all_inner_texts()]
    assert sum(int(gain[-1]) - int(gain[0]) for gain in gains) == number
    assert not serious(page)
    page.keyboard.press("d")
    page.wait_for_selector(".st-key-undo_bulk button")
    rows = last(world, number)
    assert {(row["decision"], row["activity_type"]) for row in rows} == {
        ("accepted", "completion")
    }
    assert len({row["batch_id"] for row in rows} - {None}) == 1
    page.keyboard.press("u")
    page.wait_for_selector(f"text={number:,} decisions taken back")
    undone = last(world, number)
    assert {row["decision"] for row in undone} == {"withdrawn"}
    assert {row["activity_id"] for row in undone} == {
        row["activity_id"] for row in rows
    }


@BOTH_WIDTHS
def test_second_review_is_blind_and_counted(open_page, world, source, width):
    """Somebody decides, ann.b judges the same: both opinions are compared.

    The decisions are of before the last run: what they are about left the queue.
    """
    first = world.rows(
        """
        select * from analytics.association_review_queue as queue
        where best_program_instance_id is not null and not exists (
            select from association_ops.review_decisions as decisions
            where decisions.activity_id = queue.activity_id
        )
        order by activity_id limit 3
        """
    )
    with world.connect() as connection:
        for row in first:
            connection.execute(
                "insert into association_ops.review_decisions (activity_type,"
                " activity_id, decision, program_instance_id, reviewer)"
                " values (%s, %s, 'accepted', %s, 'bob.c')",
                [row["activity_type"], row["activity_id"],
                 row["best_program_instance_id"]],
            )  # fmt: skip
            connection.execute(
                "delete from analytics.association_review_queue"
                " where activity_id = %s", [row["activity_id"]]
            )  # fmt: skip
    before = read_agreement(source)
    page = open_page("second-review?sample=100", width=width)
    everything = world.value(SAMPLED)
    page.wait_for_selector(f".left:has-text('about {everything} activities')")
    assert page.locator(".card").count()
    assert "score" not in page.inner_text(".cards")
    assert not serious(page)
    ids = asked_about(page)
    opinions = world.rows(
        "select distinct on (activity_id) activity_id, decision"
        " from association_ops.review_decisions order by activity_id, decision_id desc"
    )
    rejected = sum(
        str(row["activity_id"]) in ids and row["decision"] == "rejected"
        for row in opinions
    )
    # taken back, the first opinion is in force again
    press(page, "x", "u")
    rows = last(world, len(ids))
    assert {row["reason"] for row in rows} == {"first_opinion"}
    assert sum(row["decision"] == "rejected" for row in rows) == rejected
    assert read_agreement(source) == before
    assert asked_about(page) == ids
    press(page, "x")
    rows = last(world, len(ids))
    assert {(row["reviewer"], row["decision"], row["reason"]) for row in rows} == {
        ("ann.b", "rejected", "second_review")
    }
    found = read_agreement(source)
    assert found["compared"] == before["compared"] + len(ids)
    assert found["agreed"] == before["agreed"] + rejected


def test_kappa_is_cohens(source, world):
    """Two raters, the textbook's table: 20 and 15 agreed of 50, kappa 0.4."""
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    activities = world.rows("select id from kintell_sessions order by id limit 50")
    pairs = [pair for pair, number in table.items() for _ in range(number)]
    with world.connect() as connection, connection.transaction(force_rollback=True):
        # opinions about an instance of the company: yes takes it, no rejects
        connection.execute(
            "alter table association_ops.review_decisions disable trigger user"
        )
        connection.execute("truncate association_ops.review_decisions")
        number = 0
        for activity, pair in zip(activities, pairs, strict=True):
            for who, opinion in zip(("ann.b", "bob.c"), pair, strict=True):
                number += 1
                connection.execute(
                    "insert into association_ops.review_decisions (decision_id,"
                    " activity_type, activity_id, decision, program_instance_id,"
                    " reviewer, reason, recorded_by, decided_at) values (%s, 'session',"
                    " %s, %s, %s, %s, %s, 'test', now())",
                    [
                        number,
                        activity["id"],
                        "accepted" if opinion == "yes" else "rejected",
                        activities[0]["id"] if opinion == "yes" else None,
                        who,
                        "second_review" if who == "bob.c" else None,
                    ],
                )
        found = read_agreement(_On(connection))
    assert (found["compared"], found["agreed"]) == (50, 35)
    assert float(found["kappa"]) == pytest.approx(0.4)


class _On:
    """A source that reads inside a transaction of the test's."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def rows(self, query: Any, params: Any = None) -> list[dict[str, Any]]:
        from psycopg.rows import dict_row

        cursor = self.connection.cursor(row_factory=dict_row)
        return cursor.execute(query, params).fetchall()


@BOTH_WIDTHS
def test_decisions_tell_who_and_why(open_page, world, width):
    page = open_page("decisions", width=width)
    page.wait_for_selector('[aria-label="Decisions"]')
    text = page.inner_text('[aria-label="Decisions"]')
    newest = last(world)[0]
    for value in (newest["reviewer"], newest["decision"], newest["activity_id"]):
        assert str(value) in text
    assert not serious(page)
