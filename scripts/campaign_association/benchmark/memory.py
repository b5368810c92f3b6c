"""Peak memory of the server's processes and our own, sampled while something runs."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

MEGABYTE = 1024**2
# looking takes longer the more memory there is; it is to take at most a thirtieth of
# the time, so as not to slow down what is measured
LEAST_WAIT_SECONDS = 0.05
WAIT_FACTOR = 30


@dataclass
class Peak:
    """The most memory seen at one moment, in megabytes; grows while it is watched."""

    megabytes: int = 0


@contextmanager
def peak_memory(postmaster: int) -> Iterator[Peak]:
    """Watch the server of this process id, its children and us; yield the peak.

    Memory that processes share, such as the server's buffers, counts once.
    """
    peak, ended = Peak(), threading.Event()

    def watch() -> None:
        while True:
            began = time.perf_counter()
            peak.megabytes = max(peak.megabytes, _taken(postmaster) // MEGABYTE)
            took = time.perf_counter() - began
            if ended.wait(max(LEAST_WAIT_SECONDS, WAIT_FACTOR * took)):
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _taken(postmaster: int) -> int:
    server = psutil.Process(postmaster)
    processes = [server, *server.children(), psutil.Process(os.getpid())]
    return sum(_share(process) for process in processes)


def _share(process: psutil.Process) -> int:
    """Return the process's proportional share of memory, in bytes; 0 once it is gone.

    Where the system lets us not look so closely, what it shares with nobody.
    """
    try:
        return process.memory_full_info().pss
    except psutil.AccessDenied:
        taken = process.memory_info()
        return max(0, taken.rss - taken.shared)
    except (psutil.NoSuchProcess, FileNotFoundError):
        return 0
