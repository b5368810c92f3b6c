"""Ways to disturb a run: while it is at work, by settings, and with a full disk."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from campaign_association import server
from conftest import open_folder
from platforms import Result, World

# a writer is done with thousands of rows before a test could stop it: with this, a
# batch takes some milliseconds at least
SLOW_LOG = """
do $do$
begin
    create function public.be_slow_to_log() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.005); return null; end $$;
    create trigger be_slow_to_log after insert on association_ops.write_back_log
    for each statement execute function public.be_slow_to_log();
end
$do$
"""
FAST_LOG = "drop function public.be_slow_to_log cascade"


@contextmanager
def running(world: World, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a run as a program; the block begins when it starts to build models."""
    builds = builds_of(world)
    process = subprocess.Popen(
        [sys.executable, "-m", "campaign_association", "run", *world.vars_option({})],
        env={**world.environment, **env},
        cwd=world.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or builds_of(world) > builds)
        yield process
    finally:
        process.kill()
        process.communicate()


def builds_of(world: World) -> int:
    return world.value("select count(*) from association_ops.dbt_runs")


def ended(process: "subprocess.Popen[str]") -> Result:
    """Wait for a program; return how it ended and what it said."""
    said = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def crash(postgres: server.Server) -> None:
    """Let the server die at once, as in a power cut, and start it again."""
    found = server.status(postgres.folder)
    assert found is not None
    postmaster = psutil.Process(found.pid)
    postmaster.send_signal(signal.SIGQUIT)
    postmaster.wait(60)
    server.start(postgres.folder)


@contextmanager
def setting_of_database(world: World, name: str, value: str) -> Iterator[None]:
    """Give new sessions of the database a setting for the time of the block."""
    database = world.params["dbname"]
    world.execute(f"alter database {database} set {name} = {value}")
    try:
        yield
    finally:
        # the setting may be that nothing is written
        world.execute(
            "set default_transaction_read_only = off",
            f"alter database {database} reset {name}",
        )


@contextmanager
def small_disk(world: World) -> Iterator[tuple[str, Callable[[], None]]]:
    """A tablespace on a disk of some hundred kilobytes, and how to enlarge it."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    with open_folder() as folder:
        owner = os.stat(world.value("show data_directory")).st_uid
        size = f"size=400k,uid={owner},mode=700"
        mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("root may not mount a disk here")

        def make_room() -> None:
            larger = ["mount", "-o", "remount,size=100m", folder]
            subprocess.run(larger, check=True)

        try:
            world.execute(f"create tablespace small location '{folder}'")
            yield "small", make_room
        finally:
            # what lies there would be in the way of all later tests
            make_room()
            world.execute(
                "alter table all in tablespace small set tablespace pg_default",
                "alter index all in tablespace small set tablespace pg_default",
                "drop tablespace small",
            )
            subprocess.run(["umount", "--lazy", folder], check=True)
