"""Executors of a cluster that die while it works."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

import psutil

from cluster import WORKERS, Cluster

# of the Java process that carries out tasks
EXECUTOR = "org.apache.spark.executor.CoarseGrainedExecutorBackend"
# from one death to the next, and longer where there is no new executor yet
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
            # four deaths in a row would be the end of any task, by Spark's own rule
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
    """Return the processes of the executors that live now."""
    found = []
    for name, process in cluster.processes.items():
        if name.startswith("worker"):
            found += psutil.Process(process.pid).children(recursive=True)
    return [process for process in found if _is_executor(process)]


def lost_tasks(cluster: Cluster) -> int:
    """Return how many tasks the driver had to begin anew since an executor died."""
    log = (cluster.folder / "thrift.log").read_text(errors="replace")
    return log.count(LOST_TASK)


def _is_executor(process: psutil.Process) -> bool:
    try:
        return EXECUTOR in process.cmdline()
    except psutil.Error:
        # it has ended meanwhile
        return False
