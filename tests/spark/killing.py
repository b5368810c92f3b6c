"""Executors of a cluster that die while it works."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

import psutil

from cluster import WORKERS, Cluster

# the option that tells an executor among the processes of a worker
OPTION = "--executor-id"
# what the driver logs of an executor that is ready for tasks
REGISTERED = re.compile(r"Registered executor .* with ID (\d+),")
# from one moment of dying to the next
PAUSE_SECONDS = (2, 15)
# what the driver logs of a task that was in an executor when it died
LOST_TASK = "ExecutorLostFailure"


@contextmanager
def dying_executors(cluster: Cluster) -> Iterator[list[int]]:
    """Kill executors at random moments while the block runs; yield whom, by process id.

    Killed with SIGKILL: no executor can put anything in order before.
    """
    chance, killed, over = Random(), [], threading.Event()

    def kill() -> None:
        while not over.wait(chance.uniform(*PAUSE_SECONDS)):
            alive = executors(cluster)
            # by Spark's rule a task that is lost four times fails: others work between
            if len(alive) == WORKERS:
                victim = chance.choice(alive)
                with suppress(psutil.NoSuchProcess):
                    victim.kill()
                    killed.append(victim.pid)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def executors(cluster: Cluster) -> list[psutil.Process]:
    """Return the processes of the executors that the driver gives tasks to now."""
    known, found = set(REGISTERED.findall(log_of(cluster))), []
    for name, process in cluster.processes.items():
        if name.startswith("worker"):
            found += psutil.Process(process.pid).children(recursive=True)
    return [process for process in found if executor_id(process) in known]


def executor_id(process: psutil.Process) -> str | None:
    """Return the number of an executor in its cluster; None for another process."""
    try:
        words = process.cmdline()
    except psutil.Error:
        # it has ended meanwhile
        return None
    return words[words.index(OPTION) + 1] if OPTION in words else None


def lost_tasks(cluster: Cluster) -> int:
    """Return how many tasks were in an executor when it died, so far."""
    return log_of(cluster).count(LOST_TASK)


def log_of(cluster: Cluster) -> str:
    """Return what the driver has logged."""
    return (cluster.folder / "thrift.log").read_text(errors="replace")
