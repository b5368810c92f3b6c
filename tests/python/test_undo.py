"""Undo: one run's values go back to what they were, except where others had a word."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from campaign_association import undo as undo_module
from campaign_association import writer_lock
from campaign_association.server import Server
from campaign_association.undo import undo, undo_command
from campaign_association.write_back import write_back
from write_back_world import A, B, C, World, activity, open_world


@pytest.fixture
def world(embedded: Server) -> Iterator[World]:
    """A world without activities."""
    with open_world(embedded.params) as made:
        yield made


def call(world: World, *arguments: str) -> Any:
    """Run the verb in this process and return click's result."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER",
             "password": "PGPASSWORD", "dbname": "PGDATABASE"}  # fmt: skip
    kept = {name: text for name, text in os.environ.items() if name[:2] != "PG"}
    kept |= {names[name]: str(world.params[name]) for name in names}
    return CliRunner().invoke(undo_command, list(arguments), env=kept)


def written(world: World) -> int:
    """Write back and return the run."""
    run_id = write_back(world.target).run_id
    assert run_id is not None
    return run_id


def undone(world: World, run_id: int) -> int:
    """Undo a run and return the undo's own run."""
    undo_run_id = undo(world.target, run_id).run_id
    assert undo_run_id is not None
    return undo_run_id


# -- what is restored ---------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_restores_what_the_run_wrote_and_logs_it(world: World, batch_size: int) -> None:
    world.add(1, A)
    world.add(2, A, kind="match")
    world.add(3, A, kind="completion")
    world.add(4, None, decision="review")
    first = written(world)
    world.want(1, B)
    world.want(4, C)
    second = written(world)
    assert (world.held(1), world.held(4)) == (B, C)
    result = undo(world.target, second, batch_size=batch_size)
    assert (result.restored, result.left, result.left_alone) == (2, 0, {})
    # what the first run wrote stays
    assert (world.held(1), world.held(4)) == (A, None)
    assert (world.held(2, "match"), world.held(3, "completion")) == (A, A)
    # within a batch in any order
    assert set(world.log()[-2:]) == {
        (result.run_id, "session", activity(1), B, A),
        (result.run_id, "session", activity(4), C, None),
    }
    assert world.rows(
        "select kind, status, rows_written, undone_run_id"
        " from association_ops.write_back_runs where run_id = %s",
        result.run_id,
    ) == [("undo", "done", 2, second)]
    assert first != second


def test_restores_all_three_services(world: World) -> None:
    world.add(1, A)
    world.add(2, A, kind="match")
    world.add(3, A, kind="completion")
    undone(world, written(world))
    assert world.held(1) is None
    assert world.held(2, "match") is None
    assert world.held(3, "completion") is None


def test_runs_are_undone_one_after_the_other(world: World) -> None:
    world.add(1, A)
    first = written(world)
    world.want(1, B)
    second = written(world)
    undone(world, second)
    undone(world, first)
    assert world.held(1) is None
    # both values were taken back: neither returns by itself
    assert world.pending() == {1: ("withheld", "undone")}
    world.want(1, A)
    assert world.pending() == {1: ("withheld", "undone")}
    world.want(1, C)
    assert world.pending() == {1: ("write", None)}


def test_an_undo_can_be_undone_again_and_again(world: World) -> None:
    world.add(1, A)
    run_id = written(world)
    for expected in (None, A, None, A):
        run_id = undone(world, run_id)
        assert world.held(1) == expected
        assert world.pending() == ({} if expected else {1: ("withheld", "undone")})
    # brought back is not undone: a changed decision is followed
    world.want(1, None, "review")
    assert world.pending() == {1: ("write", None)}


# -- what is left -------------------------------------------------------------------


def test_what_somebody_changed_since_is_left_and_reported(world: World) -> None:
    for number in (1, 2, 3, 4):
        world.add(number, A)
    run_id = written(world)
    world.put(1, C)
    world.put(2, None)
    world.execute("delete from platform.kintell_sessions where id = %s", activity(4))
    result = undo(world.target, run_id)
    assert result.restored == 1
    # the second one holds the old value already; the fourth holds nothing any more
    assert result.left_alone == {"changed_elsewhere": 1}
    assert [world.held(number) for number in (1, 2, 3)] == [C, None, None]


def test_what_a_later_run_wrote_is_left(world: World) -> None:
    world.add(1, A)
    world.add(2, A)
    first = written(world)
    world.want(1, B)
    written(world)
    result = undo(world.target, first)
    assert (result.restored, result.left_alone) == (1, {"written_since": 1})
    assert (world.held(1), world.held(2)) == (B, None)


def test_a_value_that_came_back_by_a_later_run_is_left(world: World) -> None:
    world.add(1, A)
    first = written(world)
    for wanted in (B, A):
        world.want(1, wanted)
        written(world)
    assert undo(world.target, first).left_alone == {"written_since": 1}
    assert world.held(1) == A


def test_an_old_instance_that_vanished_is_left_and_reported(world: World) -> None:
    world.add(1, A)
    world.add(2, B)
    written(world)
    world.want(1, C)
    world.want(2, C)
    second = written(world)
    world.execute("delete from platform.program_instances where id = %s", A)
    result = undo(world.target, second)
    assert (result.restored, result.left_alone) == (1, {"instance_missing": 1})
    assert (world.held(1), world.held(2)) == (C, B)


def test_a_change_after_the_look_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(1, A)
    world.add(2, A)
    run_id = written(world)
    real = undo_module.write_rows

    def change_first(*arguments: Any, **options: Any) -> Any:
        world.put(1, C)
        return real(*arguments, **options)

    monkeypatch.setattr(undo_module, "write_rows", change_first)
    result = undo(world.target, run_id)
    assert (result.restored, result.changed, result.left) == (1, 1, 0)
    assert (world.held(1), world.held(2)) == (C, None)


def test_an_undone_run_has_nothing_left(world: World) -> None:
    world.add(1, A)
    run_id = written(world)
    undone(world, run_id)
    result = call(world, str(run_id))
    assert result.exit_code == 0
    assert "Nothing left to undo" in result.output
    assert [kind for kind, _, _ in world.runs()] == ["write-back", "undo"]


# -- what is not written again --------------------------------------------------------


def undo_one_write(world: World) -> None:
    world.add(1, A)
    undone(world, written(world))
    assert world.pending() == {1: ("withheld", "undone")}


def test_an_undone_value_is_not_written_again(world: World) -> None:
    undo_one_write(world)
    result = write_back(world.target)
    assert (result.written, result.withheld) == (0, {"undone": 1})
    assert world.held(1) is None


def test_an_undone_clearing_is_not_cleared_again(world: World) -> None:
    world.add(1, A)
    written(world)
    world.want(1, None, "review")
    undone(world, written(world))
    assert world.held(1) == A
    assert world.pending() == {1: ("withheld", "undone")}


def test_it_is_written_when_the_decision_changes(world: World) -> None:
    undo_one_write(world)
    world.want(1, B)
    assert write_back(world.target).written == 1
    # and back again: the undo is history by now
    world.want(1, A)
    assert write_back(world.target).written == 1
    assert world.held(1) == A


@pytest.mark.parametrize("decision", ["accepted", "reassigned"])
def test_it_is_written_when_a_person_says_so(world: World, decision: str) -> None:
    undo_one_write(world)
    world.decide(1, decision, A)
    assert write_back(world.target).written == 1
    assert world.held(1) == A


def test_it_is_cleared_when_a_person_rejects_it(world: World) -> None:
    world.add(1, A)
    written(world)
    world.want(1, None, "review")
    undone(world, written(world))
    world.decide(1, "rejected")
    assert world.pending() == {1: ("write", None)}


def test_an_acceptance_from_before_the_undo_does_not_count(world: World) -> None:
    world.add(1, B)
    world.decide(1, "accepted", A)
    undone(world, written(world))
    assert world.pending() == {1: ("withheld", "undone")}


def test_a_withdrawn_acceptance_does_not_count(world: World) -> None:
    undo_one_write(world)
    world.decide(1, "accepted", A)
    world.decide(1, "withdrawn")
    world.want(1, A, "auto")
    assert world.pending() == {1: ("withheld", "undone")}


def test_an_acceptance_of_another_value_frees_that_one(world: World) -> None:
    undo_one_write(world)
    world.decide(1, "reassigned", B)
    assert write_back(world.target).written == 1
    assert world.held(1) == B


def test_somebody_elses_value_after_an_undo_is_a_conflict(world: World) -> None:
    undo_one_write(world)
    world.put(1, C)
    assert world.pending() == {1: ("conflict", "changed_elsewhere")}


# -- the command --------------------------------------------------------------------


def test_a_dry_run_writes_nothing(world: World) -> None:
    world.add(1, A)
    world.add(2, A)
    run_id = written(world)
    world.put(2, C)
    before = world.everything()
    result = call(world, str(run_id), "--dry-run")
    assert result.exit_code == 0
    assert world.everything() == before
    assert f"{activity(1)} program_instance_id: {A} -> NULL" in result.output
    assert "Would restore 1" in result.output
    assert "changed_elsewhere" in result.output


def test_json_is_one_object_for_programs(world: World) -> None:
    world.add(1, A)
    run_id = written(world)
    told = json.loads(call(world, str(run_id), "--json").stdout)
    assert (told["undone_run_id"], told["restored"], told["left"]) == (run_id, 1, 0)


@pytest.mark.parametrize("run_id", ["77", "0", "-1", "x", str(2**70)])
def test_an_unknown_run_is_wrong_usage(world: World, run_id: str) -> None:
    assert call(world, "--dry-run", "--", run_id).exit_code == 2
    assert call(world, "--", run_id).exit_code == 2


def test_refused_while_another_writer_is_at_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_lock, "GRACE_SECONDS", 0.1)
    world.add(1, A)
    run_id = written(world)
    with writer_lock.open_writer(world.target):
        assert call(world, str(run_id)).exit_code == 3
    assert world.held(1) == A


def test_a_killed_undo_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        world.add(number, A)
    run_id = written(world)
    kill_after(monkeypatch, 3)
    with pytest.raises(Killed):
        undo(world.target, run_id, batch_size=1)
    monkeypatch.undo()
    assert world.runs()[1] == ("undo", "running", 3)
    result = undo(world.target, run_id)
    assert (result.restored, result.left_alone) == (2, {})
    assert world.runs()[1:] == [("undo", "interrupted", 3), ("undo", "done", 2)]
    assert [world.held(number) for number in range(1, 6)] == [None] * 5
    # both halves can be undone
    undone(world, 2)
    undone(world, 3)
    assert [world.held(number) for number in range(1, 6)] == [A] * 5


class Killed(BaseException):
    """Nothing catches this, as nothing catches SIGKILL."""


def kill_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """Die after some batches."""
    from campaign_association import write_batches

    real: Callable[..., Any] = write_batches._write_batch
    done: list[UUID | None] = []

    def die_in_time(*arguments: Any) -> Any:
        if len(done) == batches:
            raise Killed
        done.append(None)
        return real(*arguments)

    monkeypatch.setattr(write_batches, "_write_batch", die_in_time)
